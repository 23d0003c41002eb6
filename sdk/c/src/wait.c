/* A pass, and waiting: spin, yield twice, park P1 to P5 (spec/channel.md sections 2 and 3). */
#include "ring.h"
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>

#define PASSES_MAX 64u        /* between two looks at the clock */
#define AGENT_NS 1000000u     /* between two looks at the agent's socket while busy */
#define ORDER_EPOCH 0         /* the orders line: want_epoch, stop, spin_ns, profile */
#define ORDER_STOP ((COVEN_SLOT_OFF_STOP - COVEN_SLOT_OFF_WANT_EPOCH) / 4)
#define ORDER_SPIN ((COVEN_SLOT_OFF_SPIN_NS - COVEN_SLOT_OFF_WANT_EPOCH) / 4)
#define ORDER_PROFILE ((COVEN_SLOT_OFF_PROFILE - COVEN_SLOT_OFF_WANT_EPOCH) / 4)

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

static bool is_told_to_stop(const cvn_channel *one) { return cvn_load(one->orders + ORDER_STOP, memory_order_seq_cst); }

/* A group leaves when all of it is told to, or when one of it can't go on. */
static bool must_stop(void) {
    unsigned told = 0;
    for (unsigned i = 0; i < cvn_member_count; i++) {
        if (cvn_members[i]->channel.failed) return true;
        told += is_told_to_stop(&cvn_members[i]->channel);
    }
    return told == cvn_member_count || cvn_signalled();
}

static void pass(void) {
    cvn_store(cvn_u32(cvn.slot, COVEN_SLOT_OFF_HEARTBEAT), ++cvn.heartbeat, memory_order_relaxed);
    uint32_t want = cvn_load(cvn.orders + ORDER_EPOCH, memory_order_acquire);
    if (cvn_unlikely(cvn.held_count)) cvn_retry_held();
    if (cvn_unlikely(want != cvn.epoch)) cvn_change_epoch(want);
    if (cvn_unlikely(!--cvn.passes_left)) read_clock();
    if (cvn_unlikely(cvn.agent_due)) cvn_agent_serve();
    if (cvn_unlikely(cvn.touched)) cvn_flush();
}

bool coven_pass(void) {
    cvn_member *turn = cvn_me;
    CVN_EACH_MEMBER pass();
    cvn_me = turn;
    return !cvn_unlikely(must_stop());
}

static bool input_news(void) {
    if (cvn.handed_count) return true;
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
static bool member_news(void) {
    if (cvn.agent_due || cvn_load(cvn.orders + ORDER_EPOCH, memory_order_seq_cst) != cvn.noticed_epoch) return true;
    return cvn.held_count ? space_news() : input_news();
}

static bool news(void) {
    cvn_member *turn = cvn_me;
    bool any = must_stop();
    CVN_EACH_MEMBER any = any || member_news();
    cvn_me = turn;
    return any;
}

static void rest(void) {
    if (cvn_unlikely(cvn.touched)) cvn_flush();
    if (!cvn.busy_since) return;
    add_busy(cvn_now());
    cvn.busy_since = 0;
}

static void become_idle(void) {
    cvn_member *turn = cvn_me;
    CVN_EACH_MEMBER rest();
    cvn_me = turn;
}

/* The one at work has begun just now: until then it was another's time. */
void cvn_hand_clock(cvn_member *was) {
    cvn_member *turn = cvn_me;
    uint64_t now = cvn.busy_since;
    cvn_me = was;
    add_busy(now);
    cvn.busy_since = 0;
    cvn_me = turn;
}

/* What is slept on beside `extra_fd`: a bell and the agent's socket for each member. */
enum { FDS_MAX = 2 * COVEN_LIMITS_SLOTS_MAX + 1 };

static unsigned watched(struct pollfd *fds, int extra_fd) {
    unsigned count = 0;
    for (unsigned i = 0; i < cvn_member_count; i++) {
        const cvn_channel *one = &cvn_members[i]->channel;
        fds[count++] = (struct pollfd){.fd = one->bell[one->slot_number], .events = POLLIN};
        fds[count++] = (struct pollfd){.fd = one->agent_fd, .events = POLLIN};
    }
    fds[count++] = (struct pollfd){.fd = extra_fd, .events = POLLIN};
    return count;
}

/* Two wakers beside the rings can't be seen while spinning: they are asked for once a millisecond. */
static bool fds_ready(int extra_fd) {
    struct pollfd fds[FDS_MAX];
    unsigned count = watched(fds, extra_fd);
    for (unsigned i = 0; i + 1 < count; i += 2) fds[i].fd = -1; /* while awake the rings tell more than the bells */
    return poll(fds, count, 0) > 0;
}

/* With the profile `latency` whoever shares the CPU gets it between two looks. */
static bool spin(uint64_t spin_ns, bool shared, int extra_fd) {
    uint64_t start = cvn_now(), asked = start;
    for (uint64_t now = start; now - start < spin_ns; now = cvn_now()) {
        if (news()) return true;
        if (now - asked >= AGENT_NS) {
            if (fds_ready(extra_fd)) return false;
            asked = now;
        }
        if (shared) sched_yield();
        else relax();
    }
    return false;
}

/* How the process waits: as its first member is told to. Other orders than before begin anew. */
static cvn_waits *read_orders(void) {
    cvn_channel *first = &cvn_members[0]->channel;
    uint32_t profile = cvn_load(first->orders + ORDER_PROFILE, memory_order_relaxed), spin_ns = cvn_load(first->orders + ORDER_SPIN, memory_order_relaxed);
    if (profile != first->waits.profile || spin_ns != first->waits.spin_ns) cvn_waits_begin(&first->waits, profile, spin_ns);
    return &first->waits;
}

static bool wait_awake(const cvn_waits *waits, int extra_fd) {
    uint64_t spin_ns = cvn_waits_spin_ns(waits);
    if (news() || (spin_ns && spin(spin_ns, waits->profile == COVEN_PROFILE_LATENCY, extra_fd))) return true;
    for (unsigned i = 0; i < 2; i++) {
        sched_yield();
        if (news()) return true;
    }
    return false;
}

static void set_park(void) {
    if (cvn.bell_due) cvn_drain_bell();
    for (unsigned i = 0; i < cvn.held_count; i++) cvn_store(cvn.held[i].end->want, 1, memory_order_seq_cst);
    cvn_store(cvn_u32(cvn.slot, COVEN_SLOT_OFF_PARK), 1, memory_order_seq_cst);
}

bool coven_spins(uint64_t idle_ns) {
    become_idle();
    if (idle_ns >= cvn_load(cvn.orders + ORDER_SPIN, memory_order_relaxed)) return false;
    relax();
    return true;
}

bool coven_arm(void) {
    cvn_member *turn = cvn_me;
    become_idle();
    CVN_EACH_MEMBER set_park();
    bool quiet = !news();
    if (quiet) CVN_EACH_MEMBER cvn_count(COVEN_COUNTER_PARKS, 1);
    else CVN_EACH_MEMBER cvn.bell_due |= !atomic_exchange(cvn_u32(cvn.slot, COVEN_SLOT_OFF_PARK), 0);
    cvn_me = turn;
    return quiet;
}

/* P4, with what the sleep brought. The bell is read on the next way to sleep: first the packets that it was rung for. */
static bool disarm(const struct pollfd *fds) {
    cvn_member *turn = cvn_me;
    bool any = false;
    CVN_EACH_MEMBER {
        bool bell = fds[2 * each_].revents, agent = fds[2 * each_ + 1].revents;
        cvn.bell_due |= !atomic_exchange(cvn_u32(cvn.slot, COVEN_SLOT_OFF_PARK), 0) || bell;
        cvn.agent_due |= agent;
        cvn.agent_asked = true;
        any |= bell || agent;
    }
    cvn_me = turn;
    return any;
}

void coven_disarm(void) {
    struct pollfd fds[FDS_MAX];
    poll(fds, watched(fds, -1), 0);
    disarm(fds);
}

static int wait_or_sleep(const cvn_waits *waits, int extra_fd, int timeout_ms, bool *slept) {
    *slept = false;
    if (wait_awake(waits, extra_fd) || !coven_arm()) return 1;
    *slept = true;
    struct pollfd fds[FDS_MAX];
    int ready = poll(fds, watched(fds, extra_fd), timeout_ms);
    return disarm(fds) || ready < 0;
}

int coven_wait(int extra_fd, int timeout_ms) {
    become_idle();
    cvn_waits *waits = read_orders();
    bool slept, counts = cvn_waits_count(waits);
    uint64_t since = counts ? cvn_now() : 0;
    int found = wait_or_sleep(waits, extra_fd, timeout_ms, &slept);
    if (counts) cvn_waits_ended(waits, cvn_now() - since, slept);
    return found;
}

static void watch(int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (fd >= 0) epoll_ctl(cvn_members[0]->channel.event_fd, EPOLL_CTL_ADD, fd, &event);
}

/* Of the whole process: the first member has it. */
int coven_event_fd(void) {
    cvn_channel *first = &cvn_members[0]->channel;
    if (first->event_fd >= 0) return first->event_fd;
    first->event_fd = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < cvn_member_count; i++) {
        const cvn_channel *one = &cvn_members[i]->channel;
        watch(one->bell[one->slot_number]);
        watch(one->agent_fd);
    }
    return first->event_fd;
}
