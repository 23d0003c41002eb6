/** @file
 * Flows and tables of flows (spec/sdk.md, coven/flow.h); part of nf.hpp.
 */
#ifndef COVEN_FLOW_HPP
#define COVEN_FLOW_HPP
#include <functional>
#include <new>
#include <string_view>
#include "flow.h"
#include "packet.hpp"

namespace coven {

/** The 5-tuple of a packet: equal, hashed (std::hash) and printed as a value. */
class flow {
public:
    explicit flow(const ::coven_flow &raw) : raw_(raw) {}
    static std::optional<flow> of(const packet &packet) {
        ::coven_flow raw;
        return ::coven_flow_of(packet.raw(), &raw) ? std::optional(flow(raw)) : std::nullopt;
    }
    std::uint8_t protocol() const { return raw_.protocol; }
    std::uint16_t source_port() const { return raw_.source_port; }
    std::uint16_t destination_port() const { return raw_.destination_port; }
    flow reversed() const { return flow(::coven_flow_reversed(&raw_)); }
    std::string text() const {
        char out[COVEN_FLOW_TEXT];
        return ::coven_flow_text(&raw_, out);
    }
    bool operator==(const flow &other) const { return ::coven_flow_equal(&raw_, &other.raw_); }
    bool operator!=(const flow &other) const { return !(*this == other); }
    const ::coven_flow &raw() const { return raw_; }

private:
    ::coven_flow raw_;
};

/** At most `capacity` flows, each with a `Value` that begins as zeroes; what coven/flow.h says of the C table holds. Throws if it can't be had. */
template <typename Value> class flow_table {
    static_assert(std::is_trivially_copyable_v<Value> && alignof(Value) <= 8, "values are kept as plain bytes");

public:
    flow_table(const char *name, std::uint32_t capacity, double timeout_s, bool symmetric = true)
        : raw_(::coven_flow_table_new(name, capacity, timeout_s, symmetric, sizeof(Value))) {
        if (!raw_) throw std::invalid_argument(std::string("flow table ") + name + " can't be had");
    }
    ~flow_table() { ::coven_flow_table_free(raw_); }
    flow_table(const flow_table &) = delete;
    flow_table &operator=(const flow_table &) = delete;

    /** nullptr if the flow is not there, or the packet has none. */
    Value *get(const packet &packet) {
        ::coven_flow key;
        return ::coven_flow_of(packet.raw(), &key) ? static_cast<Value *>(::coven_flow_table_get(raw_, &key, ::coven_time_ns(packet.raw()))) : nullptr;
    }
    Value *get(const flow &key, std::chrono::nanoseconds now) { return static_cast<Value *>(::coven_flow_table_get(raw_, &key.raw(), time(now))); }
    /** The same; a flow that is not there comes in. nullptr only if the packet has none. */
    Value *put(const packet &packet) {
        ::coven_flow key;
        return ::coven_flow_of(packet.raw(), &key) ? static_cast<Value *>(::coven_flow_table_put(raw_, &key, ::coven_time_ns(packet.raw()))) : nullptr;
    }
    Value *put(const flow &key, std::chrono::nanoseconds now) { return static_cast<Value *>(::coven_flow_table_put(raw_, &key.raw(), time(now))); }
    bool remove(const flow &key) { return ::coven_flow_table_remove(raw_, &key.raw()); }
    std::uint32_t size() const { return ::coven_flow_table_size(raw_); }
    /** `visit(flow, value)` for each, from the latest used; the one that is visited may be removed. */
    template <typename Visit> void each(Visit &&visit) {
        void *value;
        const ::coven_flow *next = ::coven_flow_table_next(raw_, nullptr, &value);
        while (next) {
            const ::coven_flow *at = next;
            auto *mine = static_cast<Value *>(value);
            next = ::coven_flow_table_next(raw_, at, &value);
            visit(flow(*at), *mine);
        }
    }

private:
    static std::uint64_t time(std::chrono::nanoseconds now) { return static_cast<std::uint64_t>(now.count()); }
    ::coven_flow_table *raw_;
};

} // namespace coven

template <> struct std::hash<coven::flow> {
    std::size_t operator()(const coven::flow &flow) const noexcept {
        return std::hash<std::string_view>()(std::string_view(reinterpret_cast<const char *>(&flow.raw()), sizeof flow.raw()));
    }
};
#endif
