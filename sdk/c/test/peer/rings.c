/* The data plane's ends of the rings, and its private ledger (spec/channel.md sections 2 and 6). */
#include "peer.h"

#define BURST 32u
#define INDEX(d) ((uint32_t)(d) & COVEN_DESCRIPTOR_MARKER_INDEX)
#define GENERATION(d) ((uint8_t)((d) >> COVEN_DESCRIPTOR_GENERATION_SHIFT))
#define OFFSET(d) ((uint32_t)((d) >> COVEN_DESCRIPTOR_OFFSET_SHIFT) & 0xFFFF)
#define LENGTH(d) ((uint32_t)((d) >> COVEN_DESCRIPTOR_LENGTH_SHIFT))

static _Atomic uint32_t *head_of(peer *p, const edge *e) { return at32(p, e->at + COVEN_RING_OFF_HEAD); }
static _Atomic uint32_t *tail_of(peer *p, const edge *e) { return at32(p, e->at + COVEN_RING_OFF_TAIL); }
static _Atomic uint64_t *entry(peer *p, const edge *e, uint32_t cursor) {
    return at64(p, e->at + COVEN_RING_OFF_SLOTS) + (cursor & ((1u << e->cap_log2) - 1));
}

static uint32_t room(peer *p, const edge *e) {
    uint32_t fill = e->cursor - atomic_load_explicit(tail_of(p, e), memory_order_acquire);
    return fill < e->limit ? e->limit - fill : 0;
}

static void put(peer *p, edge *e, uint32_t index, uint32_t offset, uint32_t length) {
    frame *f = &p->frames[index];
    uint64_t owner = e->cursor | (uint64_t)f->generation << COVEN_OWNER_GENERATION_SHIFT | (uint64_t)e->id << COVEN_OWNER_EDGE_SHIFT;
    uint64_t d = index | (uint64_t)f->generation << COVEN_DESCRIPTOR_GENERATION_SHIFT | (uint64_t)offset << COVEN_DESCRIPTOR_OFFSET_SHIFT
               | (uint64_t)length << COVEN_DESCRIPTOR_LENGTH_SHIFT;
    atomic_store_explicit(at64(p, p->off_own) + index, owner, memory_order_relaxed);
    atomic_store_explicit(entry(p, e, e->cursor), d, memory_order_relaxed);
    e->cursor++;
}

static void publish(peer *p, const edge *e) {
    atomic_store(head_of(p, e), e->cursor);
    ring_bell(p, COMPONENT_SLOT);
}

static uint32_t grant(peer *p, place to) {
    uint32_t index = p->home[--p->home_count];
    p->frames[index].generation++;
    p->frames[index].place = (uint8_t)to;
    return index;
}

static bool is_done(const peer *p) { return p->result.sent >= p->options.packets; }

static void send_burst(peer *p, edge *e) {
    uint32_t space = room(p, e), count = 0;
    while (count < BURST && count < space && p->home_count && !is_done(p)) {
        uint32_t index = grant(p, OUT);
        fill_packet(p, index, p->result.sent++, e->lane);
        put(p, e, index, COVEN_LIMITS_DATA_OFFSET_DEFAULT, p->frames[index].length);
        count++;
    }
    if (count) publish(p, e);
}

void send_some(peer *p) {
    for (unsigned i = 0; i < p->edge_count; i++)
        if (p->edges[i].role == COVEN_ROLE_IN) send_burst(p, &p->edges[i]);
    atomic_store(slot32(p, COMPONENT_SLOT, COVEN_SLOT_OFF_HUNGRY), p->home_count < BURST);
}

void lend_frames(peer *p) {
    for (unsigned i = 0; i < p->edge_count; i++) {
        edge *e = &p->edges[i];
        if (e->role != COVEN_ROLE_ALLOC) continue;
        uint32_t space = room(p, e), before = e->cursor;
        while (space-- && p->home_count > BURST) put(p, e, grant(p, LENT), COVEN_LIMITS_DATA_OFFSET_DEFAULT, 0);
        if (e->cursor != before) publish(p, e);
    }
}

void account_to(peer *p, uint32_t index) {
    p->frames[index].place = HOME;
    p->home[p->home_count++] = index;
}

/* Admission: the ledger says that the frame is out, with this generation. */
static bool admit(peer *p, uint64_t d) {
    uint32_t index = INDEX(d);
    if (index < p->frame_count && p->frames[index].place != HOME && p->frames[index].generation == GENERATION(d)) return true;
    p->result.bad_frame++;
    return false;
}

static void came_back(peer *p, edge *e, uint64_t d) {
    const frame *f = &p->frames[INDEX(d)];
    p->result.returned[e->output]++;
    if (f->place == LENT) {
        p->result.created++;
        return;
    }
    check_packet(p, INDEX(d), OFFSET(d), LENGTH(d));
    p->result.wrong_lane += f->lane != e->lane;
    p->result.out_of_order += f->number + 1 <= e->last;
    e->last = f->number + 1;
}

static void was_dropped(peer *p, uint64_t d) {
    uint32_t reason = (uint32_t)(d >> 32);
    if (reason >= 16) p->result.bad_frame++; /* these reasons are the engine's own */
    else p->result.dropped[reason]++;
    if (p->frames[INDEX(d)].place == LENT) p->result.created++;
}

static void receive_one(peer *p, edge *e, uint64_t d) {
    if (INDEX(d) == COVEN_DESCRIPTOR_MARKER_INDEX || !admit(p, d)) return;
    if (e->role == COVEN_ROLE_RETURN) was_dropped(p, d);
    else if (OFFSET(d) + LENGTH(d) > p->frame_size) p->result.bad_frame++;
    else came_back(p, e, d);
    account_to(p, INDEX(d));
}

/* On a `block` edge the component may sleep until half of the ring is free. */
static void consumed(peer *p, const edge *e, uint32_t left) {
    atomic_store(tail_of(p, e), e->cursor);
    if (!(e->flags & COVEN_EDGE_FLAG_BLOCK) || !atomic_load(at32(p, e->at + COVEN_RING_OFF_WANT)) || left > e->limit / 2) return;
    if (atomic_exchange(at32(p, e->at + COVEN_RING_OFF_WANT), 0)) ring_bell(p, COMPONENT_SLOT);
}

static unsigned receive_burst(peer *p, edge *e) {
    uint32_t head = atomic_load_explicit(head_of(p, e), memory_order_acquire), ready = head - e->cursor;
    if (!ready) return 0;
    if (ready > 1u << e->cap_log2) {
        p->result.bad_frame++;
        return 0;
    }
    if (ready > 64) ready = 64;
    for (uint32_t i = 0; i < ready; i++) receive_one(p, e, atomic_load_explicit(entry(p, e, e->cursor + i), memory_order_relaxed));
    e->cursor += ready;
    consumed(p, e, head - e->cursor);
    return ready;
}

unsigned receive_some(peer *p) {
    unsigned received = 0;
    for (unsigned i = 0; i < p->edge_count; i++)
        if (p->edges[i].role == COVEN_ROLE_OUT || p->edges[i].role == COVEN_ROLE_RETURN) received += receive_burst(p, &p->edges[i]);
    return received;
}

/* Frames on the alloc ring that the component, which has left, never popped. */
void take_back_lent(peer *p) {
    for (unsigned i = 0; i < p->edge_count; i++) {
        edge *e = &p->edges[i];
        if (e->role != COVEN_ROLE_ALLOC) continue;
        for (uint32_t c = atomic_load(tail_of(p, e)); c != e->cursor; c++) account_to(p, INDEX(atomic_load(entry(p, e, c))));
        atomic_store(tail_of(p, e), e->cursor);
    }
}

static const edge *edge_of(const peer *p, uint64_t owner) {
    for (unsigned i = 0; i < p->edge_count; i++)
        if (p->edges[i].id == (uint16_t)(owner >> COVEN_OWNER_EDGE_SHIFT)) return &p->edges[i];
    return NULL;
}

/* Section 6's table for a dead component whose outputs have been drained. What waits for it is kept (`hold`): the next one finds it. */
static bool was_lost(peer *p, uint32_t index) {
    uint64_t owner = atomic_load_explicit(at64(p, p->off_own) + index, memory_order_relaxed);
    const edge *e = edge_of(p, owner);
    if (!e || (uint8_t)(owner >> COVEN_OWNER_GENERATION_SHIFT) != p->frames[index].generation) return false;
    bool popped_there = e->role == COVEN_ROLE_IN || e->role == COVEN_ROLE_ALLOC;
    uint32_t cursor = atomic_load(popped_there ? tail_of(p, e) : head_of(p, e));
    int32_t ahead = (int32_t)((uint32_t)owner - cursor);
    return popped_there ? ahead < 0 : ahead >= 0;
}

unsigned reclaim(peer *p) {
    unsigned lost = 0;
    for (uint32_t i = 0; i < p->frame_count; i++) {
        if (p->frames[i].place == HOME || !was_lost(p, i)) continue;
        lost += p->frames[i].place == OUT; /* a lent frame carries no packet */
        account_to(p, i);
    }
    p->result.dropped[COVEN_REASON_COMPONENT_CRASHED] += lost;
    return lost;
}
