/* Rings: take and post (spec/channel.md section 2). Inline, for they are the hot path; ring.c has what happens seldom. */
#ifndef COVEN_SRC_RING_H
#define COVEN_SRC_RING_H
#include "channel.h"

#define CVN_INDEX_MASK ((1u << COVEN_DESCRIPTOR_INDEX_BITS) - 1)
#define CVN_GENERATION_MASK (0xFFu << COVEN_DESCRIPTOR_GENERATION_SHIFT)
#define CVN_ZERO_BITS (3u << COVEN_DESCRIPTOR_MORE_BIT) /* MORE and bit 23: this library takes no chains */

#pragma GCC visibility push(hidden)
uint32_t cvn_refresh_head(cvn_end *end);
bool cvn_refresh_tail(cvn_end *end, uint32_t limit);
void cvn_attach_end(cvn_end *end);
void cvn_publish_back(cvn_end *end);
void cvn_space_made(cvn_end *end);
#pragma GCC visibility pop

static inline uint32_t cvn_index(uint64_t d) { return (uint32_t)d & CVN_INDEX_MASK; }
static inline uint32_t cvn_offset(uint64_t d) { return (uint32_t)(d >> COVEN_DESCRIPTOR_OFFSET_SHIFT) & 0xFFFF; }
static inline uint32_t cvn_length(uint64_t d) { return (uint32_t)(d >> COVEN_DESCRIPTOR_LENGTH_SHIFT); }
static inline uint64_t cvn_place(uint64_t d, uint32_t offset, uint32_t length) {
    return (uint32_t)d | (uint64_t)offset << COVEN_DESCRIPTOR_OFFSET_SHIFT | (uint64_t)length << COVEN_DESCRIPTOR_LENGTH_SHIFT;
}

/* Section 5. Checked on the private copy, without a branch for each condition. */
static inline bool cvn_fits(uint64_t d, uint32_t frame_count, uint32_t frame_size) {
    uint32_t offset = cvn_offset(d), wrong = (uint32_t)d & CVN_ZERO_BITS;
    wrong |= cvn_index(d) >= frame_count;
    wrong |= offset < COVEN_LIMITS_HEADROOM_MIN;
    wrong |= offset + cvn_length(d) > frame_size;
    return !wrong;
}
static inline bool cvn_good(uint64_t d) { return cvn_fits(d, cvn.frame_count, cvn.frame_size); }

/* Room under `limit` on a ring that this side posts on; looks at the consumer's cursor only if it has to. */
static inline bool cvn_room(cvn_end *end, uint32_t limit) {
    return cvn_likely(end->mine - end->peer < limit) || cvn_refresh_tail(end, limit);
}

/* Owner word, then slot; cvn_publish makes both visible (section 6). The engine drains its rings before it asks who held what, so
 * what goes there needs no owner word: a line of the table that would go to and fro for every packet. */
static inline void cvn_write(cvn_end *end, _Atomic uint64_t *own, uint64_t d) {
    uint32_t at = end->mine++;
    if (end->peer_slot) {
        uint64_t owner = end->owner | (d & CVN_GENERATION_MASK) << (COVEN_OWNER_GENERATION_SHIFT - COVEN_DESCRIPTOR_GENERATION_SHIFT) | at;
        atomic_store_explicit(&own[cvn_index(d)], owner, memory_order_relaxed);
    }
    atomic_store_explicit(&end->slots[at & (end->capacity - 1)], d, memory_order_relaxed);
}
static inline void cvn_put(cvn_end *end, uint64_t d) {
    cvn_write(end, cvn.own, d);
    cvn.touched |= 1u << end->index;
}

/* The handshake with a consumer that may be about to sleep: both accesses seq_cst. */
static inline void cvn_publish(cvn_end *end) {
    cvn_store(end->head, end->mine, memory_order_seq_cst);
    if (cvn_unlikely(cvn_load(end->peer_park, memory_order_seq_cst))) cvn_wake(end);
}

/* Descriptors that can be taken, up to `max`. */
static inline uint32_t cvn_ready(cvn_end *end, uint32_t max) {
    uint32_t ready = end->peer - end->mine;
    if (ready < max) ready = cvn_refresh_head(end);
    return ready < max ? ready : max;
}

static inline uint64_t cvn_peek(const cvn_end *end, uint32_t at) {
    return atomic_load_explicit(&end->slots[(end->mine + at) & (end->capacity - 1)], memory_order_relaxed);
}

/* Give `count` slots back to the producer. */
static inline void cvn_consume(cvn_end *end, uint32_t count) {
    end->mine += count;
    if (cvn_likely(!(end->flags & COVEN_EDGE_FLAG_BLOCK))) cvn_store(end->tail, end->mine, memory_order_release);
    else cvn_space_made(end);
}
#endif
