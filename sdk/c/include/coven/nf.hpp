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
#include <exception>
#include <string>
#include <type_traits>
#include "agent.hpp"
#include "flow.hpp"
#include "layout.h"
#include "nsh.hpp"
#include "packet.hpp"

namespace coven {

namespace detail {

/** False, and told (at most once a second, the packet kept in COVEN_FAILURES), if `act` throws. */
template <typename Act> bool tried(const ::coven_packet *packet, Act &&act) {
    try {
        act();
        return true;
    } catch (const std::exception &error) {
        ::coven_report_failure(packet, (std::string("the function failed: ") + error.what()).c_str());
    } catch (...) {
        ::coven_report_failure(packet, "the function failed: something that is no std::exception was thrown");
    }
    return false;
}

/** `work` decides about a burst and returns how many of its packets, moved to the front, are to be handed on. */
template <typename Work> int loop(Work &&work) {
    using Plain = std::remove_reference_t<Work>;
    return ::coven_run_work([](::coven_packet *packets, unsigned count, void *state) { return (*static_cast<Plain *>(state))(packets, count); }, &work);
}

} // namespace detail

/** Run the component until it is told to stop: `function(packet &)` returns a verdict. The exit status for main; errors are printed. */
template <typename Function> int run(Function &&function) {
    return detail::loop([&](::coven_packet *packets, unsigned count) {
        unsigned kept = 0;
        for (unsigned i = 0; i < count; i++) {
            packet one(&packets[i]);
            if (!detail::tried(&packets[i], [&] { packets[i].verdict = function(one); })) ::coven_fail(&packets[i], 1);
            else if (kept++ != i) packets[kept - 1] = packets[i];
        }
        return kept;
    });
}

/** The same, a burst at a time: `function(burst)` sets verdicts in place. */
template <typename Function> int run_burst(Function &&function) {
    return detail::loop([&](::coven_packet *packets, unsigned count) {
        if (detail::tried(packets, [&] { function(burst(packets, count)); })) return count;
        ::coven_fail(packets, count);
        return 0u;
    });
}

} // namespace coven
#endif
