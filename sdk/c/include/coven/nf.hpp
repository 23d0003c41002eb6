/** @file
 * COVEN in C++17: a network function is one function over packets. Header only; the library is that of C.
 *
 *     #include <coven/nf.hpp>
 *     static coven::counter dropped{"dropped", "packets", "marked packets discarded"};
 *     int main() {
 *         return coven::run([](coven::packet &packet) {
 *             if (packet.context()[0] == 0) return coven::forward;
 *             dropped.add(1);
 *             return coven::drop;
 *         });
 *     }
 *
 * One thread: the function and its agent operations never run at the same time. What the function throws drops its packet (burst form: the burst),
 * with reason component_error.
 */
#ifndef COVEN_NF_HPP
#define COVEN_NF_HPP
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include "core.h"
#include "layout.h"

namespace coven {

using verdict = ::coven_verdict;
inline constexpr verdict forward = 0;
inline constexpr verdict drop = 0xFFFF;

/** The verdict that sends a packet to the output `name`; `drop` and a line on stderr if there is none. Look it up once. */
inline verdict to(const char *name) { return ::coven_to(name); }

/** A packet in the hands of this component: a whole Ethernet frame. Valid until the function returns. */
class packet {
public:
    explicit packet(::coven_packet *raw) : raw_(raw) {}

    std::uint8_t *data() const { return raw_->data; }
    std::uint32_t size() const { return raw_->length; }
    std::uint8_t *begin() const { return data(); }
    std::uint8_t *end() const { return data() + size(); }
    /** The 16 context bytes, read and written in place. */
    std::uint8_t *context() const { return raw_->context; }

    std::uint32_t flow_hash() const { return ::coven_flow_hash(raw_); }
    /** Arrival, CLOCK_REALTIME. */
    std::chrono::nanoseconds time() const { return std::chrono::nanoseconds(::coven_time_ns(raw_)); }
    std::uint32_t &mark() const { return *::coven_mark(raw_); }
    /** Service path identifier (24 bits) and service index (8 bits) of the NSH it came with; 0 if none. */
    std::uint32_t service_path() const { return ::coven_service_path(raw_); }

    /** Make room for `bytes` in front (or, negative, cut them off). False, and nothing changed, if the frame has no room. */
    bool grow_front(std::int32_t bytes) { return ::coven_grow_front(raw_, bytes); }
    /** The same at the end. */
    bool grow_back(std::int32_t bytes) { return ::coven_grow_back(raw_, bytes); }

    /** Burst form: where it goes; preset to `forward`. */
    verdict &where() const { return raw_->verdict; }

    ::coven_packet *raw() const { return raw_; }

private:
    ::coven_packet *raw_;
};

/** A packet of one's own (`creates: true`): given back unless it is sent. */
class own_packet {
public:
    /** `length` bytes of undefined content, zero context, on the way that `like` takes. Nothing if no frame is to be had. */
    static std::optional<own_packet> make(std::uint32_t length, const packet &like) {
        own_packet made;
        return ::coven_packet_new(&made.raw_, length, like.raw()) ? claimed(made) : std::nullopt;
    }
    /** A copy with the context. */
    static std::optional<own_packet> copy(const packet &original) {
        own_packet made;
        return ::coven_packet_clone(&made.raw_, original.raw()) ? claimed(made) : std::nullopt;
    }

    own_packet(own_packet &&other) noexcept : raw_(other.raw_), held_(std::exchange(other.held_, false)) {}
    own_packet(const own_packet &) = delete;
    own_packet &operator=(own_packet &&) = delete;
    own_packet &operator=(const own_packet &) = delete;
    ~own_packet() { give(drop); }

    packet view() { return packet(&raw_); }
    /** Visible with the burst that is being worked on. */
    void send(verdict where) && { give(where); }

private:
    own_packet() = default;
    static std::optional<own_packet> claimed(own_packet &made) {
        made.held_ = true;
        return std::move(made);
    }
    void give(verdict where) {
        if (std::exchange(held_, false)) ::coven_send(&raw_, where);
    }

    ::coven_packet raw_{};
    bool held_ = false;
};

/** Up to 64 packets at a time; each is forwarded unless its `where()` is set. */
class burst {
public:
    burst(::coven_packet *packets, unsigned count) : packets_(packets), count_(count) {}
    unsigned size() const { return count_; }
    packet operator[](unsigned index) const { return packet(packets_ + index); }

    class iterator {
    public:
        explicit iterator(::coven_packet *at) : at_(at) {}
        packet operator*() const { return packet(at_); }
        iterator &operator++() { return ++at_, *this; }
        bool operator!=(const iterator &other) const { return at_ != other.at_; }

    private:
        ::coven_packet *at_;
    };
    iterator begin() const { return iterator(packets_); }
    iterator end() const { return iterator(packets_ + count_); }

private:
    ::coven_packet *packets_;
    unsigned count_;
};

namespace detail {

/** Tells the author of an exception: at most one a second (the core counts them all). */
inline void report(const char *what) {
    using clock = std::chrono::steady_clock;
    static std::optional<clock::time_point> quiet_until;
    static unsigned long silenced = 0;
    if (quiet_until && clock::now() < *quiet_until) {
        ++silenced;
        return;
    }
    std::fprintf(stderr, "%s: the function failed, its packets are dropped: %s", ::coven_component_name(), what);
    std::fprintf(stderr, silenced ? " (and %lu more since the last report)\n" : "\n", silenced);
    quiet_until = clock::now() + std::chrono::seconds(1);
    silenced = 0;
}

/** False, and told, if `act` throws. */
template <typename Act> bool tried(Act &&act) {
    try {
        act();
        return true;
    } catch (const std::exception &error) {
        report(error.what());
    } catch (...) {
        report("something that is no std::exception was thrown");
    }
    return false;
}

/** `work` decides about a burst and returns how many of its packets, moved to the front, are to be handed on. */
template <typename Work> int loop(Work &&work) {
    char error[256];
    if (::coven_attach(error, sizeof error)) {
        std::fprintf(stderr, "%s: %s\n", ::coven_component_name(), error);
        return 1;
    }
    ::coven_ready();
    ::coven_packet packets[COVEN_LIMITS_BURST_DEFAULT];
    while (::coven_pass()) {
        unsigned count = ::coven_take(packets, COVEN_LIMITS_BURST_DEFAULT);
        if (count) ::coven_finish(packets, work(packets, count));
        else ::coven_wait(-1, -1);
    }
    ::coven_detach();
    return ::coven_failed();
}

} // namespace detail

/** Run the component until it is told to stop: `function(packet &)` returns a verdict. The exit status for main; errors are printed. */
template <typename Function> int run(Function &&function) {
    return detail::loop([&](::coven_packet *packets, unsigned count) {
        unsigned kept = 0;
        for (unsigned i = 0; i < count; i++) {
            packet one(&packets[i]);
            if (!detail::tried([&] { packets[i].verdict = function(one); })) ::coven_fail(&packets[i], 1);
            else if (kept++ != i) packets[kept - 1] = packets[i];
        }
        return kept;
    });
}

/** The same, a burst at a time: `function(burst)` sets verdicts in place. */
template <typename Function> int run_burst(Function &&function) {
    return detail::loop([&](::coven_packet *packets, unsigned count) {
        if (detail::tried([&] { function(burst(packets, count)); })) return count;
        ::coven_fail(packets, count);
        return 0u;
    });
}

/* ---- Extended agent (spec/ea.md): objects with static storage; names are C strings that last ---- */

namespace detail {
class item {
public:
    item(const char *name, const char *kind, const char *type, const char *unit, const char *help) {
        item_.name = name, item_.kind = kind, item_.type = type, item_.unit = unit, item_.help = help;
    }
    item(const item &) = delete;
    item &operator=(const item &) = delete;

protected:
    ~item() = default;
    ::coven_item item_{};
};
} // namespace detail

/** A number that only rises. */
class counter : detail::item {
public:
    counter(const char *name, const char *unit = "", const char *help = "") : item(name, "counter", "integer", unit, help) { ::coven_publish(&item_); }
    void add(std::uint64_t amount) { item_.value += amount; }
    std::uint64_t value() const { return item_.value; }
};

/** A whole number that rises and falls. */
class gauge : detail::item {
public:
    gauge(const char *name, const char *unit = "", const char *help = "") : item(name, "gauge", "integer", unit, help) { ::coven_publish(&item_); }
    void set(std::int64_t value) { item_.value = static_cast<std::uint64_t>(value); }
    std::int64_t value() const { return static_cast<std::int64_t>(item_.value); }
};

/** A whole number that operators may set; `accept`, if there is one, is asked before a new value counts. */
class setting : detail::item {
public:
    setting(const char *name, std::int64_t initial, const char *unit = "", const char *help = "", std::function<bool(std::int64_t)> accept = {})
        : item(name, "setting", "integer", unit, help), accept_(std::move(accept)) {
        item_.value = static_cast<std::uint64_t>(initial);
        item_.state = this;
        item_.accept = [](::coven_item *now, void *self) {
            bool good = true;
            auto &accept = static_cast<setting *>(self)->accept_;
            return detail::tried([&] { good = !accept || accept(static_cast<std::int64_t>(now->value)); }) && good;
        };
        ::coven_publish(&item_);
    }
    std::int64_t value() const { return static_cast<std::int64_t>(item_.value); }

private:
    std::function<bool(std::int64_t)> accept_;
};

/** What operators may call: `act(argument)` returns a JSON value as text; what it throws is the reason why not. */
class command : detail::item {
public:
    command(const char *name, std::function<std::string(std::string_view)> act, const char *help = "")
        : item(name, "command", "command", "", help), act_(std::move(act)) {
        item_.state = this;
        item_.call = [](const char *argument, char *reply, std::size_t size, void *self) {
            try {
                std::snprintf(reply, size, "%s", static_cast<command *>(self)->act_(argument).c_str());
                return 0;
            } catch (const std::exception &error) {
                std::snprintf(reply, size, "%s", error.what());
            } catch (...) {
                std::snprintf(reply, size, "something that is no std::exception was thrown");
            }
            return -1;
        };
        ::coven_publish(&item_);
    }

private:
    std::function<std::string(std::string_view)> act_;
};

} // namespace coven
#endif
