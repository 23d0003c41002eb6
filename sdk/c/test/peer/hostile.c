/* Garbage into everything that a peer may write (spec/channel.md sections 6 and 9). The component may end as `failed` or go on;
 * it may neither crash nor hang. */
#include "peer.h"
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static uint64_t state;
static bool tables;

static uint64_t draw(void) {
    uint64_t x = (state += 0x9E3779B97F4A7C15u);
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static uint32_t below(uint32_t limit) { return (uint32_t)(draw() % limit); }

/* Values near the limits break more than random ones. */
static uint64_t garbage(void) {
    static const uint64_t edges[] = {0, 1, 2, 31, 64, 0x3FFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x40000000000000ull, UINT64_MAX};
    return below(2) ? draw() : edges[below(sizeof edges / sizeof *edges)];
}

static edge *any_edge(peer *p) { return &p->edges[below(p->edge_count)]; }

/* A descriptor that is nearly right, or not at all. */
static uint64_t any_descriptor(peer *p) {
    if (below(4) == 0) return garbage();
    return below(p->frame_count + 1) | (uint64_t)below(8) << 22 | (uint64_t)below(p->frame_size + 8) << 32 | (uint64_t)below(p->frame_size) << 48;
}

static void bad_slots(peer *p) {
    edge *e = any_edge(p);
    uint32_t count = 1 + below(COVEN_LIMITS_BURST_MAX);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (e->cursor + i) & ((1u << e->cap_log2) - 1);
        atomic_store(at64(p, e->at + COVEN_RING_OFF_SLOTS) + at, any_descriptor(p));
    }
    if (e->role == COVEN_ROLE_IN || e->role == COVEN_ROLE_ALLOC) atomic_store(at32(p, e->at), e->cursor += count);
    always_ring(p, COMPONENT_SLOT);
}

static void bad_cursor(peer *p) {
    static const uint32_t where[] = {COVEN_RING_OFF_HEAD, COVEN_RING_OFF_WANT, COVEN_RING_OFF_TAIL};
    atomic_store(at32(p, any_edge(p)->at + where[below(3)]), (uint32_t)garbage());
    always_ring(p, COMPONENT_SLOT);
}

static void bad_orders(peer *p) {
    static const uint32_t where[] = {COVEN_SLOT_OFF_SPIN_NS, COVEN_SLOT_OFF_PROFILE, COVEN_SLOT_OFF_HUNGRY, COVEN_SLOT_OFF_PARK};
    atomic_store(slot32(p, COMPONENT_SLOT, where[below(4)]), (uint32_t)garbage());
    always_ring(p, COMPONENT_SLOT);
}

static void bad_memory(peer *p) {
    static const char sections[] = "mop";
    char section = sections[below(3)];
    uint64_t at = section == 'm' ? p->off_meta : section == 'o' ? p->off_own : p->off_pool;
    for (unsigned i = 0; i < 64; i++) atomic_store(at64(p, at) + below(p->frame_count), garbage());
}

static void bad_table(peer *p) {
    uint64_t table = p->off_slots + COMPONENT_SLOT * COVEN_CHANNEL_PAGE + COVEN_SLOT_OFF_EDGES;
    uint32_t epoch = atomic_load(slot32(p, COMPONENT_SLOT, COVEN_SLOT_OFF_WANT_EPOCH)), size = COVEN_LIMITS_EDGES_MAX * COVEN_EDGE_SIZE;
    memcpy(p->segment + table + (~epoch & 1) * size, p->segment + table + (epoch & 1) * size, size);
    for (unsigned i = below(3); i; i--) p->segment[table + (~epoch & 1) * size + below((p->edge_count + 1) * COVEN_EDGE_SIZE)] = (uint8_t)garbage();
    atomic_store(slot32(p, COMPONENT_SLOT, COVEN_SLOT_OFF_WANT_EPOCH), epoch + 1);
    always_ring(p, COMPONENT_SLOT);
}

static void attack(peer *p) {
    switch (below(16)) {
    case 0: bad_cursor(p); break;
    case 1: if (tables) bad_table(p); break; /* every other round, for a bad table ends it */
    case 2: case 3: bad_orders(p); break;
    case 4: case 5: bad_memory(p); break;
    default: bad_slots(p);
    }
}

/* What comes back is taken off, so that rings do not stay full, but means nothing. */
static void swallow(peer *p) {
    for (unsigned i = 0; i < p->edge_count; i++) {
        edge *e = &p->edges[i];
        if (e->role == COVEN_ROLE_OUT || e->role == COVEN_ROLE_RETURN)
            atomic_store(at32(p, e->at + COVEN_RING_OFF_TAIL), e->cursor = atomic_load(at32(p, e->at + COVEN_RING_OFF_HEAD)));
    }
}

typedef struct endings { uint64_t clean, failed, crashed, hung, refused; } endings;

static void judge(peer *p, endings *all) {
    if (p->result.timed_out) all->hung++;
    else if (WIFSIGNALED(p->result.exit_status)) all->crashed++;
    else if (WEXITSTATUS(p->result.exit_status)) all->failed++;
    else all->clean++;
}

static void round_of(const options *chosen, uint64_t seed, endings *all) {
    peer p = {.options = *chosen};
    state = seed * 1000003;
    tables = seed & 1;
    make_channel(&p);
    start_child(&p);
    if (!wait_state(&p, COVEN_SLOT_STATE_RUNNING, 30000)) all->refused++;
    for (unsigned i = 0; i < 400 && !child_gone(&p); i++) {
        attack(&p);
        swallow(&p);
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    p.options.packets = 0;
    p.edge_count = 0; /* nothing of it is to be received */
    stop_child(&p);
    judge(&p, all);
    if (p.result.timed_out || WIFSIGNALED(p.result.exit_status)) fprintf(stderr, "peer: seed %llu: %s\n", (unsigned long long)seed, p.result.timed_out ? "hung" : "crashed");
    free_channel(&p);
}

int run_hostile(peer *p) {
    endings all = {0};
    for (uint64_t i = 0; i < p->options.rounds; i++) round_of(&p->options, p->options.seed + i, &all);
    printf("{\"hostile\":%llu,\"clean\":%llu,\"failed\":%llu,\"crashed\":%llu,\"hung\":%llu,\"not_started\":%llu}\n", (unsigned long long)p->options.rounds,
           (unsigned long long)all.clean, (unsigned long long)all.failed, (unsigned long long)all.crashed, (unsigned long long)all.hung, (unsigned long long)all.refused);
    return all.crashed || all.hung || all.refused ? 1 : 0;
}
