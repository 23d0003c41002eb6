/* Rings: what happens seldom (spec/channel.md section 2). */
#include "ring.h"

/* A cursor that can't be: counted and shown once for each value, so that a bad peer costs nothing but its own traffic. */
static void refuse(cvn_end *end, uint32_t cursor) {
    if (end->broken && end->refused == cursor) return;
    end->broken = true;
    end->refused = cursor;
    cvn_error(COVEN_ERROR_BAD_CURSOR, end->id);
}

uint32_t cvn_refresh_head(cvn_end *end) {
    uint32_t head = cvn_load(end->head, memory_order_acquire);
    if (cvn_likely(head - end->mine <= end->capacity)) {
        end->peer = head;
        end->broken = false;
    } else {
        refuse(end, head);
    }
    return end->peer - end->mine;
}

bool cvn_refresh_tail(cvn_end *end, uint32_t limit) {
    uint32_t tail = cvn_load(end->tail, memory_order_acquire);
    if (cvn_likely(end->mine - tail <= end->capacity)) {
        end->peer = tail;
        end->broken = false;
    } else {
        refuse(end, tail);
    }
    return end->mine - end->peer < limit;
}

/* A process that takes over an end starts at the shared cursors. Where they contradict each other, an input counts as empty and an output as full. */
void cvn_attach_end(cvn_end *end) {
    bool reads = end->role == COVEN_ROLE_IN || end->role == COVEN_ROLE_ALLOC;
    uint32_t head = cvn_load(end->head, memory_order_acquire), tail = cvn_load(end->tail, memory_order_acquire);
    end->mine = reads ? tail : head;
    end->peer = reads ? head : tail;
    if (head - tail <= end->capacity) return;
    refuse(end, end->peer);
    end->peer = reads ? end->mine : end->mine - end->capacity;
}

/* The return ring wakes the engine only at `wake_frames`, or when it is short of frames: dropping costs no wake-ups. */
void cvn_publish_back(cvn_end *end) {
    cvn_store(end->head, end->mine, memory_order_seq_cst);
    bool wake = cvn_load(cvn.hungry, memory_order_seq_cst) != 0;
    if (!wake && end->mine - end->peer >= COVEN_LIMITS_WAKE_FRAMES) wake = !cvn_refresh_tail(end, COVEN_LIMITS_WAKE_FRAMES);
    if (wake && cvn_load(end->peer_park, memory_order_seq_cst)) cvn_wake(end);
}

/* On a `block` edge the producer may sleep until the ring is at most half full. */
void cvn_space_made(cvn_end *end) {
    cvn_store(end->tail, end->mine, memory_order_seq_cst);
    if (!cvn_load(end->want, memory_order_seq_cst)) return;
    if (cvn_refresh_head(end) > end->limit / 2) return;
    if (atomic_exchange(end->want, 0) && cvn_load(end->peer_park, memory_order_seq_cst)) cvn_wake(end);
}
