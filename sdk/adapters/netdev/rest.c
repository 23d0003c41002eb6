/* Nothing to move: looking again while the plan says so, giving the CPU away, sleeping (spec/channel.md §3), for the channel and the interfaces
 * alike. The interfaces are watched only while we sleep: a socket that somebody watches has a wake-up to do for each packet. */
#include "netdev.h"
#include <poll.h>
#include <sched.h>

#define YIELDS 2u

enum { CHANNEL, PROGRAM, INTERFACES };

static uint64_t idle_since_ns;
static unsigned yields;

void rest_over(void) {
    if (yields) interfaces_watch(false);
    idle_since_ns = 0, yields = 0;
}

void rest_until(int timeout_ms, bool channel) {
    struct pollfd watched[INTERFACES + INTERFACES_MAX] = {
        [CHANNEL] = {.fd = channel ? coven_event_fd() : -1, .events = POLLIN}, [PROGRAM] = {.fd = program_fd(), .events = POLLIN}};
    for (unsigned i = 0; i < interface_count; i++) watched[INTERFACES + i] = (struct pollfd){.fd = interfaces[i].fd, .events = POLLIN};
    poll(watched, INTERFACES + interface_count, timeout_ms);
}

void rest(uint64_t now, int timeout_ms, bool channel) {
    if (!idle_since_ns) idle_since_ns = now;
    if (coven_spins(now - idle_since_ns)) return;
    if (!yields) interfaces_watch(true); /* and looked at again, after each of the yields */
    if (yields++ < YIELDS) {
        sched_yield();
        return;
    }
    if (!channel || coven_arm()) {
        rest_until(timeout_ms, channel);
        if (channel) coven_disarm();
    }
    rest_over();
}
