/** @file
 * Tests of a component without the platform (spec/sdk.md, coven/testing.h).
 *
 *     coven::testing::harness h("out,aside", "tenant:24,rest:104");
 *     auto result = h.packet(filter, bytes);
 *     assert(result.dropped() && h.item("dropped") == "1");
 */
#ifndef COVEN_TESTING_HPP
#define COVEN_TESTING_HPP
#include <vector>
#include "nf.hpp"
#include "testing.h"

namespace coven::testing {

struct result {
    coven::verdict verdict;
    std::string output;              /**< name; empty when dropped */
    std::string error;               /**< what the function threw, or the reason of the drop; empty if there is none */
    std::vector<std::uint8_t> bytes; /**< as they leave */
    std::array<std::uint8_t, 16> context;
    std::uint32_t mark;
    std::vector<result> sent;        /**< packets of its own */
    bool dropped() const { return verdict == drop; }
};

/** One at a time in a process. */
class harness {
public:
    explicit harness(const char *outputs = "out", const char *layout = nullptr) : raw_(::coven_harness_open(outputs, layout)) {
        if (!raw_) throw std::invalid_argument("no harness: why is on stderr");
    }
    ~harness() { ::coven_harness_close(raw_); }
    harness(const harness &) = delete;
    harness &operator=(const harness &) = delete;

    template <typename Function> result packet(Function &&function, const std::vector<std::uint8_t> &bytes, const std::uint8_t *context = nullptr) {
        return run(function, bytes.data(), static_cast<std::uint32_t>(bytes.size()), context, 0);
    }
    /** Every packet of a pcap or pcapng, at its time. Throws std::runtime_error if it can't be read. */
    template <typename Function> std::vector<result> capture(Function &&function, const char *file) {
        char error[256];
        std::vector<result> all;
        const std::uint8_t *bytes;
        std::uint32_t length;
        std::uint64_t time_ns;
        ::coven_capture *in = ::coven_capture_open(file, error, sizeof error);
        if (!in) throw std::runtime_error(error);
        while (::coven_capture_next(in, &bytes, &length, &time_ns)) all.push_back(run(function, bytes, length, nullptr, time_ns));
        std::string fault = ::coven_capture_fault(in) ? ::coven_capture_fault(in) : "";
        ::coven_capture_close(in);
        if (!fault.empty()) throw std::runtime_error(std::string(file) + ": " + fault);
        return all;
    }
    /** The value of an item as JSON; empty if there is none. */
    std::string item(const char *name) {
        const char *value = ::coven_harness_item(raw_, name);
        return value ? value : "";
    }
    bool set(const char *name, const char *json) { return ::coven_harness_set(raw_, name, json); }

private:
    static result of(const ::coven_result &raw) {
        result out{raw.verdict, raw.output ? raw.output : "", raw.error ? raw.error : "", {}, {}, raw.mark, {}};
        if (raw.data) out.bytes.assign(raw.data, raw.data + raw.length);
        if (raw.context) out.context = coven::detail::copied<16>(raw.context);
        return out;
    }
    template <typename Function> std::string given(Function &&function) {
        try {
            coven::packet one(&held_);
            held_.verdict = function(one);
            ::coven_finish(&held_, 1);
            return "";
        } catch (const std::exception &error) {
            ::coven_fail(&held_, 1);
            return error.what();
        } catch (...) {
            ::coven_fail(&held_, 1);
            return "something that is no std::exception was thrown";
        }
    }
    template <typename Function> result run(Function &&function, const std::uint8_t *bytes, std::uint32_t length, const std::uint8_t *context, std::uint64_t time_ns) {
        if (!::coven_harness_feed(raw_, bytes, length, context, time_ns)) return {drop, "", "too_large", {}, {}, 0, {}};
        std::string error = ::coven_take(&held_, 1) ? given(function) : "";
        held_ = {}; /* one that is kept and used later has no bytes, and says so */
        result out = of(::coven_harness_outcome(raw_));
        if (!error.empty()) out.error = error;
        for (::coven_result own; ::coven_harness_sent(raw_, &own);) out.sent.push_back(of(own));
        return out;
    }
    ::coven_harness *raw_;
    ::coven_packet held_{};
};

} // namespace coven::testing
#endif
