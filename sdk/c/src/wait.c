/* A pass, and waiting: spin, yield twice, park P1 to P5 (spec/channel.md sections 2 and 3). */
#include "ring.h"
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>

#define PASSES_MAX 64u        /* between two looks at the clock */
#define AGENT_NS 1000000u     /* between two looks at the agent's socket while busy */
#define ORDER_EPOCH 0         /* the orders line: want_epoch, stop, spin_ns */
#define ORDER_STOP ((COVEN_SLOT_OFF_STOP - COVEN_SLOT_OFF_WANT_EPOCH) / 4)
#define ORDER_SPIN ((COVEN_SLOT_OFF_SPIN_NS - COVEN_SLOT_OFF_WANT_EPOCH) / 4)

static void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void add_busy(uint64_t now) {
    cvn_count(COVEN_COUNTER_BUSY_NS, now - cvn.busy_since);
    cvn.busy_since = now;
}

/* Seldom enough to cost nothing, often enough for the agent: the passes between two looks follow how long they last. */
static void read_clock(void) {
    uint64_t now = cvn_now();
    if (cvn.busy_since) add_busy(now);
    if (cvn.agent_asked) {
        cvn.agent_asked = false;
        cvn.agent_at = now;
    } else if (now - cvn.agent_at >= AGENT_NS) {
        cvn.agent_due = true;
        cvn.agent_at = now;
        cvn.passes_budget = cvn.passes_budget > 1 ? cvn.passes_budget / 2 : 1;
    } else if (cvn.passes_budget < PASSES_MAX) {
        cvn.passes_budget *= 2;
    }
    cvn.passes_left = cvn.passes_budget;
}

static bool must_stop(void) { return cvn.failed || cvn_load(cvn.orders + ORDER_STOP, memory_order_seq_cst) || cvn_signalled(); }

bool coven_pass(void) {
    cvn_store(cvn_u32(cvn.slot, COVEN_SLOT_OFF_HEARTBEAT), ++cvn.heartbeat, memory_order_relaxed);
    uint32_t want = cvn_load(cvn.orders + ORDER_EPOCH, memory_order_acquire);
    if (cvn_unlikely(cvn.held_count)) cvn_retry_held();
    if (cvn_unlikely(want != cvn.epoch)) cvn_change_epoch(want);
    if (cvn_unlikely(!--cvn.passes_left)) read_clock();
    if (cvn_unlikely(cvn.agent_due)) cvn_agent_serve();
    if (cvn_unlikely(cvn.touched)) cvn_flush();
    return !cvn_unlikely(must_stop());
}

static bool input_news(void) {
    for (unsigned i = 0; i < cvn.table->in_count; i++) {
        cvn_end *end = cvn.table->in[i];
        uint32_t head = cvn_load(end->head, memory_order_seq_cst);
        if (!end->closed && head != end->mine && !(end->broken && head == end->refused)) return true;
    }
    return false;
}

static bool space_news(void) {
    for (unsigned i = 0; i < cvn.held_count; i++) {
        cvn_end *end = cvn.held[i].end;
        uint32_t tail = cvn_load(end->tail, memory_order_seq_cst);
        if (end->mine - tail < end->limit && !(end->broken && tail == end->refused)) return true;
    }
    return false;
}

/* P2. While packets are held for full `block` edges, only space counts, not input. */
static bool news(void) {
    if (must_stop() || cvn.agent_due || cvn_load(cvn.orders + ORDER_EPOCH, memory_order_seq_cst) != cvn.noticed_epoch) return true;
    return cvn.held_count ? space_news() : input_news();
}

static void become_idle(void) {
    if (cvn_unlikely(cvn.touched)) cvn_flush();
    if (!cvn.busy_since) return;
    add_busy(cvn_now());
    cvn.busy_since = 0;
}

/* Two wakers beside the rings can't be seen while spinning: they are asked for once a millisecond. */
static bool fds_ready(int extra_fd) {
    struct pollfd fds[] = {{.fd = cvn.agent_fd, .events = POLLIN}, {.fd = extra_fd, .events = POLLIN}};
    return poll(fds, 2, 0) > 0;
}

static bool spin(uint32_t spin_ns, int extra_fd) {
    uint64_t start = cvn_now(), asked = start;
    for (uint64_t now = start; now - start < spin_ns; now = cvn_now()) {
        if (news()) return true;
        if (now - asked >= AGENT_NS) {
            if (fds_ready(extra_fd)) return false;
            asked = now;
        }
        relax();
    }
    return false;
}

static bool wait_awake(int extra_fd) {
    uint32_t spin_ns = cvn_load(cvn.orders + ORDER_SPIN, memory_order_relaxed);
    if (news() || (spin_ns && spin(spin_ns, extra_fd))) return true;
    for (unsigned i = 0; i < 2; i++) {
        sched_yield();
        if (news()) return true;
    }
    return false;
}

bool coven_spins(uint64_t idle_ns) {
    become_idle();
    if (idle_ns >= cvn_load(cvn.orders + ORDER_SPIN, memory_order_relaxed)) return false;
    relax();
    return true;
}

bool coven_arm(void) {
    become_idle();
    if (cvn.bell_due) cvn_drain_bell();
    for (unsigned i = 0; i < cvn.held_count; i++) cvn_store(cvn.held[i].end->want, 1, memory_order_seq_cst);
    cvn_store(cvn_u32(cvn.slot, COVEN_SLOT_OFF_PARK), 1, memory_order_seq_cst);
    if (!news()) return cvn_count(COVEN_COUNTER_PARKS, 1), true;
    if (!atomic_exchange(cvn_u32(cvn.slot, COVEN_SLOT_OFF_PARK), 0)) cvn.bell_due = true;
    return false;
}

/* P4, with what the sleep brought. The bell is read on the next way to sleep: first the packets that it was rung for. */
static void disarm(bool bell_heard, bool agent) {
    cvn.bell_due |= !atomic_exchange(cvn_u32(cvn.slot, COVEN_SLOT_OFF_PARK), 0) || bell_heard;
    cvn.agent_due |= agent;
}

void coven_disarm(void) {
    struct pollfd fds[] = {{.fd = cvn.bell[cvn.slot_number], .events = POLLIN}, {.fd = cvn.agent_fd, .events = POLLIN}};
    bool any = poll(fds, 2, 0) > 0;
    disarm(any && fds[0].revents, any && fds[1].revents);
}

int coven_wait(int extra_fd, int timeout_ms) {
    become_idle();
    if (wait_awake(extra_fd) || !coven_arm()) return 1;
    struct pollfd fds[] = {
        {.fd = cvn.bell[cvn.slot_number], .events = POLLIN}, {.fd = cvn.agent_fd, .events = POLLIN}, {.fd = extra_fd, .events = POLLIN}};
    int ready = poll(fds, 3, timeout_ms);
    cvn.agent_asked = true;
    bool bell = ready > 0 && fds[0].revents, agent = ready > 0 && fds[1].revents;
    disarm(bell, agent);
    return bell || agent || ready < 0;
}

int coven_event_fd(void) {
    if (cvn.event_fd >= 0) return cvn.event_fd;
    cvn.event_fd = epoll_create1(EPOLL_CLOEXEC);
    const int watched[] = {cvn.bell[cvn.slot_number], cvn.agent_fd};
    for (unsigned i = 0; i < 2; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = watched[i]};
        if (watched[i] >= 0) epoll_ctl(cvn.event_fd, EPOLL_CTL_ADD, watched[i], &event);
    }
    return cvn.event_fd;
}
