/** @file
 * The extended agent (spec/ea.md); part of nf.hpp.
 */
#ifndef COVEN_AGENT_HPP
#define COVEN_AGENT_HPP
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include "core.h"

namespace coven {

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
            try {
                good = !accept || accept(static_cast<std::int64_t>(now->value));
            } catch (...) {
                return false;
            }
            return good;
        };
        ::coven_publish(&item_);
    }
    std::int64_t value() const { return static_cast<std::int64_t>(item_.value); }

private:
    std::function<bool(std::int64_t)> accept_;
};

/** How often values fell where. `bounds`: upper ones that rise, at most 64; none: powers of two, 1 to 2^31. */
class histogram {
public:
    histogram(const char *name, std::initializer_list<std::uint64_t> bounds = {}, const char *unit = "", const char *help = "") {
        histogram_.item.name = name, histogram_.item.kind = "histogram", histogram_.item.type = "integer";
        histogram_.item.unit = unit, histogram_.item.help = help;
        for (std::uint64_t bound : bounds)
            if (histogram_.bound_count++ < COVEN_HISTOGRAM_BOUNDS) histogram_.bounds[histogram_.bound_count - 1] = bound;
        ::coven_publish_histogram(&histogram_);
    }
    histogram(const histogram &) = delete;
    histogram &operator=(const histogram &) = delete;
    void record(std::uint64_t value) { ::coven_record(&histogram_, value); }
    std::uint64_t count() const { return histogram_.count; }

private:
    ::coven_histogram histogram_{};
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
