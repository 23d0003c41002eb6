#include "unit.h"
#include <stdlib.h>

void make_environment(peer *p, options chosen) {
    char path[64];
    *p = (peer){.options = chosen};
    if (!p->options.outputs) p->options.outputs = 1;
    if (!p->options.lanes) p->options.lanes = 1;
    if (!p->options.limit) p->options.limit = 512;
    if (!p->options.frames) p->options.frames = 1024;
    for (unsigned i = 0; i < OUTPUTS_MAX; i++) p->options.output[i] = i ? "aside" : "out";
    p->options.size_min = p->options.size_max = 100;
    make_channel(p);
    set_environment(p);
    snprintf(path, sizeof path, "/proc/self/fd/%d", p->memfd);
    setenv("COVEN_CHANNEL", path, 1);
}

void open_channel(peer *p, options chosen) {
    char error[256] = "";
    make_environment(p, chosen);
    EQUAL(coven_attach(error, sizeof error), 0);
    TEXT(error, "");
}

void close_channel(peer *p) {
    coven_detach();
    free_channel(p);
}

edge *edge_with(peer *p, uint8_t role, unsigned nth) {
    for (unsigned i = 0; i < p->edge_count; i++)
        if (p->edges[i].role == role && !nth--) return &p->edges[i];
    fprintf(stderr, "no such edge\n");
    exit(2);
}

uint8_t *entry_of(peer *p, uint32_t epoch, unsigned at) {
    uint64_t slot = p->off_slots + COMPONENT_SLOT * COVEN_CHANNEL_PAGE;
    return p->segment + slot + COVEN_SLOT_OFF_EDGES + ((epoch & 1) * COVEN_LIMITS_EDGES_MAX + at) * COVEN_EDGE_SIZE;
}

void order_epoch(peer *p, uint32_t epoch) { atomic_store(slot32(p, COMPONENT_SLOT, COVEN_SLOT_OFF_WANT_EPOCH), epoch); }

uint64_t frame_descriptor(uint32_t index, uint32_t offset, uint32_t length) { return index | (uint64_t)offset << 32 | (uint64_t)length << 48; }

void post_raw(peer *p, edge *e, uint64_t descriptor) {
    atomic_store(at64(p, e->at + COVEN_RING_OFF_SLOTS) + (e->cursor & ((1u << e->cap_log2) - 1)), descriptor);
    atomic_store(at32(p, e->at + COVEN_RING_OFF_HEAD), ++e->cursor);
}

unsigned fill_of(peer *p, edge *e) { return atomic_load(at32(p, e->at + COVEN_RING_OFF_HEAD)) - atomic_load(at32(p, e->at + COVEN_RING_OFF_TAIL)); }

uint64_t newest(peer *p, edge *e) {
    uint32_t cursor = atomic_load(at32(p, e->at + COVEN_RING_OFF_HEAD)) - 1;
    return atomic_load(at64(p, e->at + COVEN_RING_OFF_SLOTS) + (cursor & ((1u << e->cap_log2) - 1)));
}

uint32_t shared(peer *p, uint32_t slot_offset) { return atomic_load(slot32(p, COMPONENT_SLOT, slot_offset)); }

uint64_t shared_counter(peer *p, unsigned counter) {
    return atomic_load(at64(p, p->off_slots + COMPONENT_SLOT * COVEN_CHANNEL_PAGE + COVEN_SLOT_OFF_COUNTERS) + counter);
}
