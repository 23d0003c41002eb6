/* kill -9 under load, again and again: each frame comes home exactly once by the owner words (spec/channel.md section 6). */
#include "peer.h"
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    return x ^ x >> 27;
}

static pid_t victim;

/* From a signal handler, so that the kill falls into any moment of both programs. */
static void on_alarm(int number) {
    (void)number;
    kill(victim, SIGKILL);
}

static void load_until_killed(peer *p, uint64_t us) {
    victim = p->child;
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {.tv_usec = (suseconds_t)us}}, NULL);
    while (!child_gone(p)) {
        lend_frames(p);
        send_some(p);
        if (!receive_some(p)) idle(p, 1);
    }
}

static uint64_t frames_waiting(peer *p) {
    uint64_t waiting = 0;
    for (unsigned i = 0; i < p->edge_count; i++) {
        edge *e = &p->edges[i];
        if (e->role == COVEN_ROLE_IN || e->role == COVEN_ROLE_ALLOC) waiting += e->cursor - atomic_load(at32(p, e->at + COVEN_RING_OFF_TAIL));
    }
    return waiting;
}

static bool round_of(peer *p, uint64_t number, uint64_t *lost) {
    start_child(p);
    if (!wait_state(p, COVEN_SLOT_STATE_RUNNING, 30000)) {
        fprintf(stderr, "peer: the component did not come to state running\n");
        return false;
    }
    load_until_killed(p, 1000 + mix(p->options.seed + number) % 20000);
    while (receive_some(p)) {}
    *lost += reclaim(p);
    if (p->home_count + frames_waiting(p) == p->frame_count) return true;
    fprintf(stderr, "peer: round %llu: %u frames home and %llu waiting of %u\n", (unsigned long long)number, p->home_count,
            (unsigned long long)frames_waiting(p), p->frame_count);
    return false;
}

int run_kill(peer *p) {
    uint64_t lost = 0;
    bool good = true;
    uint64_t wanted = p->options.packets;
    p->options.packets = UINT64_MAX;
    for (uint64_t i = 0; good && i < p->options.rounds; i++) good = round_of(p, i, &lost);
    fprintf(stderr, "peer: %llu kills, %llu frames reclaimed, %llu packets sent\n", (unsigned long long)p->options.rounds, (unsigned long long)lost,
            (unsigned long long)p->result.sent);
    if (!good) return 1;
    p->options.packets = p->result.sent + wanted; /* and then an ordinary run, after which nothing may be missing */
    return run_traffic(p);
}
