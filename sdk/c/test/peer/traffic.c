/* The ordinary run: every packet goes out and must come home. */
#include "peer.h"
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define QUIET_NS 20000000000ull /* nothing came for so long: the component hangs */

static void hear_bell(peer *p) {
    char bytes[COVEN_LIMITS_BELL_READ];
    while (read(p->bell[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes) {}
}

/* Section 2's park, with a time-out because a component under test may forget to ring. */
void idle(peer *p, int timeout_ms) {
    _Atomic uint32_t *park = slot32(p, 0, COVEN_SLOT_OFF_PARK);
    atomic_store(park, 1);
    if (!receive_some(p)) poll(&(struct pollfd){.fd = p->bell[0], .events = POLLIN}, 1, timeout_ms);
    atomic_store(park, 0);
    hear_bell(p);
}

static bool all_home(peer *p) {
    for (uint32_t i = 0; i < p->frame_count; i++)
        if (p->frames[i].place == OUT) return false;
    return true;
}

/* Drops come back without a ring: when only those are missing, hunger fetches nothing new, so the rings are looked at anyway. */
static void pump(peer *p) {
    uint64_t heard = now_ns();
    for (;;) {
        lend_frames(p);
        send_some(p);
        if (receive_some(p)) heard = now_ns();
        else if (p->result.sent == p->options.packets && all_home(p)) return;
        else if (child_gone(p)) return;
        else if (now_ns() - heard > QUIET_NS) break;
        else idle(p, 5);
    }
    p->result.timed_out = true;
}

int run_traffic(peer *p) {
    start_child(p);
    if (!wait_state(p, COVEN_SLOT_STATE_RUNNING, 30000)) {
        fprintf(stderr, "peer: the component did not come to state running\n");
        kill_child(p);
        return report(p);
    }
    for (unsigned i = 0; i < p->options.before_count; i++) ask_agent(p, p->options.before[i]);
    uint64_t start = now_ns();
    pump(p);
    p->result.nanoseconds = now_ns() - start;
    for (unsigned i = 0; i < p->options.after_count && !p->result.exited; i++) ask_agent(p, p->options.after[i]);
    stop_child(p);
    while (receive_some(p)) {}
    take_back_lent(p);
    return report(p);
}
