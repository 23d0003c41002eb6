/* A change of the edge table while packets move (spec/channel.md section 7). */
#include "ring.h"
#include <stdio.h>

static cvn_end *find(cvn_table *table, const cvn_end *end) {
    for (unsigned i = 0; i < table->count; i++)
        if (table->ends[i].id == end->id && table->ends[i].role == end->role && table->ends[i].ring == end->ring) return &table->ends[i];
    return NULL;
}

/* Whether the edge is left with a marker is written into the old table when the change is ordered, after that table was copied. */
static uint32_t ordered_marker(const cvn_end *end) {
    uint32_t entry = COVEN_SLOT_OFF_EDGES + ((cvn.epoch & 1) * COVEN_LIMITS_EDGES_MAX + end->index) * COVEN_EDGE_SIZE;
    uint32_t now = cvn_load(cvn_u32(cvn.slot, entry + COVEN_EDGE_OFF_MARKER_EPOCH), memory_order_relaxed);
    return now ? now : end->marker_epoch;
}

/* Inputs that are left are emptied up to their markers first. */
static bool waits_for_marker(cvn_table *next) {
    for (unsigned i = 0; i < cvn.table->in_count; i++) {
        cvn_end *end = cvn.table->in[i];
        if (!find(next, end) && !end->marked && ordered_marker(end)) return true;
    }
    return false;
}

/* The capacity is the limit + 8 at least: a marker fits, unless the consumer's cursor is nonsense. */
static void post_marker(cvn_end *end, uint32_t epoch) {
    if (!cvn_room(end, end->capacity)) return;
    uint64_t marker = (uint64_t)epoch << 32 | COVEN_DESCRIPTOR_MARKER_INDEX;
    atomic_store_explicit(&end->slots[end->mine & (end->capacity - 1)], marker, memory_order_relaxed);
    end->mine++;
    cvn_publish(end);
}

static void post_markers(cvn_table *next) {
    for (unsigned i = 0; i < cvn.table->count; i++) {
        cvn_end *end = &cvn.table->ends[i];
        if (end->role != COVEN_ROLE_OUT || find(next, end)) continue;
        uint32_t epoch = ordered_marker(end);
        if (epoch) post_marker(end, epoch);
    }
}

static void refuse(uint32_t want, uint32_t argument) {
    fprintf(cvn_log(), "%s: edge table of epoch %u, entry %u: %s; leaving\n", coven_component_name(), want, argument, cvn_table_fault());
    cvn_broken(COVEN_ERROR_BAD_EDGE, argument);
}

/* Until held packets are gone, what was handed over within the process is taken and the markers of inputs that end are in, the old table stays in force; each pass asks again. */
void cvn_change_epoch(uint32_t want) {
    cvn.noticed_epoch = want;
    cvn_flush();
    cvn_let_settle(true);
    if (cvn.held_count || cvn_between()) return;
    cvn_table *next = cvn.table == &cvn.tables[0] ? &cvn.tables[1] : &cvn.tables[0];
    uint32_t argument;
    bool good = cvn_read_table(want, next, cvn.table, &argument);
    if (cvn_load(cvn.orders, memory_order_acquire) != want) return; /* what was read may be half of a later table */
    if (!good) {
        refuse(want, argument);
        return;
    }
    if (waits_for_marker(next)) return;
    post_markers(next);
    cvn.table = next;
    cvn_link();
    cvn_let_settle(false);
    cvn.turn = 0;
    cvn.epoch = want;
    cvn_store(cvn_u32(cvn.slot, COVEN_SLOT_OFF_ACK_EPOCH), want, memory_order_seq_cst);
    cvn_ring_slot(0);
}

/* A marker was popped: gates that waited for it alone open. */
void cvn_marker(cvn_end *popped) {
    popped->marked = true;
    cvn_set_gates(cvn.table);
}
