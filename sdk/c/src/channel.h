/* The state of the one channel of this process, and what the files of the library share. Private: nothing here is installed. */
#ifndef COVEN_SRC_CHANNEL_H
#define COVEN_SRC_CHANNEL_H
#include <coven/core.h>
#include <coven/layout.h>
#include <stdatomic.h>

#pragma GCC visibility push(hidden)

#define cvn_likely(x) __builtin_expect(!!(x), 1)
#define cvn_unlikely(x) __builtin_expect(!!(x), 0)

#define CVN_SDK_VERSION 0x00010000u /* 1.0.0, a byte each after the first 16 bits */
#define CVN_FEATURES ((uint64_t)(COVEN_FEATURE_MARKERS | COVEN_FEATURE_FAN_OUT))
#define CVN_COUNTERS (COVEN_COUNTER_BLOCKED + 1)
#define CVN_BUCKETS 128u /* spec/channel.md section 4 */
#define CVN_LANES 256u
#define CVN_NO_ROUTE 0xFFu
#define CVN_FAN 0x40u          /* a route with this bit names a fan, not an end */
#define CVN_HELD_MAX 640u      /* packets waiting for `block` edges: one burst, as many of the author's own, and all that a program behind interfaces may have had (sdk/adapters) */

/* One end of a ring, in private memory: the checked copy of an edge entry, and cursors (spec/channel.md section 2). */
typedef struct cvn_end {
    _Atomic uint32_t *head, *tail, *want, *peer_park;
    _Atomic uint64_t *slots;
    uint32_t capacity, limit;
    uint32_t mine;    /* this side's cursor */
    uint32_t peer;    /* the other side's, as last seen and found good */
    uint32_t refused; /* the other side's, as last seen and found bad; counts only if `broken` */
    uint32_t waiting; /* packets in `held` for this end */
    uint64_t owner;   /* edge id in place for an owner word */
    uint64_t ring;    /* where in the segment */
    uint32_t seed, weight, marker_epoch;
    uint16_t id, output, peer_slot, after[COVEN_LIMITS_AFTER_MAX];
    uint8_t role, flags, lane, index;
    bool broken, marked, closed;
    bool detour; /* `discard`, or packets wait: coven_finish has to look closer */
} cvn_end;

/* A table in force. */
typedef struct cvn_table {
    cvn_end ends[COVEN_LIMITS_EDGES_MAX];
    unsigned count, in_count, fan_count;
    cvn_end *in[COVEN_LIMITS_EDGES_MAX], *back, *alloc;
    uint8_t route[CVN_LANES][COVEN_LIMITS_OUTPUTS_MAX];
    uint8_t fan[COVEN_LIMITS_EDGES_MAX / 2][CVN_BUCKETS];
} cvn_table;

typedef struct cvn_held {
    uint64_t descriptor;
    cvn_end *end;
} cvn_held;

typedef struct cvn_channel {
    /* read for every packet */
    uint8_t *pool, *meta;
    _Atomic uint64_t *own;
    uint32_t frame_count, frame_size, data_offset;
    uint32_t touched; /* ends with descriptors that are not yet published */
    cvn_table *table;
    _Atomic uint32_t *orders, *hungry;
    unsigned turn, held_count;
    uint32_t heartbeat, epoch, noticed_epoch;
    unsigned passes_left, passes_budget; /* until the clock is read again */
    uint64_t busy_since, agent_at;       /* CLOCK_MONOTONIC ns; 0: idle */
    bool agent_asked; /* a sleep has looked at the agent's socket */
    bool agent_due, bell_due, attached, failed;
    uint64_t counter[CVN_COUNTERS];

    uint8_t *segment, *slot, *slots;
    uint64_t size, off_rings, rings_len;
    uint32_t slot_number, slot_count, slot_stride;
    int bell[COVEN_LIMITS_SLOTS_MAX], agent_fd, event_fd, folder_fd;
    cvn_held held[CVN_HELD_MAX];
    cvn_table tables[2];
} cvn_channel;

extern cvn_channel cvn;

static inline _Atomic uint32_t *cvn_u32(uint8_t *base, uint32_t offset) { return (_Atomic uint32_t *)(void *)(base + offset); }
static inline _Atomic uint64_t *cvn_u64(uint8_t *base, uint32_t offset) { return (_Atomic uint64_t *)(void *)(base + offset); }
static inline uint32_t cvn_load(_Atomic uint32_t *p, memory_order order) { return atomic_load_explicit(p, order); }
static inline void cvn_store(_Atomic uint32_t *p, uint32_t value, memory_order order) { atomic_store_explicit(p, value, order); }

/* Publish a counter's private value. */
static inline void cvn_show(unsigned counter) {
    atomic_store_explicit(cvn_u64(cvn.slot, COVEN_SLOT_OFF_COUNTERS) + counter, cvn.counter[counter], memory_order_relaxed);
}
static inline void cvn_count(unsigned counter, uint64_t amount) {
    cvn.counter[counter] += amount;
    cvn_show(counter);
}

/* attach.c */
void cvn_error(uint32_t error, uint32_t argument); /* show it to the engine; the component goes on */
void cvn_broken(uint32_t error, uint32_t argument); /* state `failed`: coven_pass is false from now on */
void cvn_state(uint32_t state);                     /* and tell the engine */
/* names.c */
void cvn_read_names(void);
void cvn_name_outputs(const char *text);
/* failures.c */
void cvn_no_output(const coven_packet *packet, coven_verdict verdict);
void cvn_forget_failures(void);
/* bell.c */
int cvn_open_bell(uint32_t slot); /* its descriptor, kept; or -1 */
void cvn_ring_slot(uint32_t slot);
void cvn_wake(cvn_end *end); /* the park word of the other end was seen set */
void cvn_drain_bell(void);
void cvn_catch_signals(void);
void cvn_release_signals(void);
bool cvn_signalled(void);
uint64_t cvn_now(void);
/* edges.c */
bool cvn_read_table(uint32_t epoch, cvn_table *table, const cvn_table *old, uint32_t *argument);
const char *cvn_table_fault(void);
void cvn_set_gates(cvn_table *table);
/* epoch.c */
void cvn_change_epoch(uint32_t want);
void cvn_marker(cvn_end *end);
/* fan.c */
void cvn_plan_routes(cvn_table *table);
/* flow.c */
void cvn_flush(void);
void cvn_retry_held(void);
void cvn_give_up_held(void);
void cvn_drop(uint64_t descriptor, uint32_t reason);
void cvn_forward(const coven_packet *packet, coven_verdict verdict);
/* agent.c, listen.c */
int cvn_agent_open(char *error, size_t size);
void cvn_agent_close(void);
void cvn_agent_serve(void);
size_t cvn_agent_answer(char *line, size_t length, char *out, size_t size);

#pragma GCC visibility pop
#endif
