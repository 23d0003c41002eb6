/* Packets in and out: take, finish, drops, and edges that are full (spec/channel.md sections 2, 4 and 5). */
#include "ring.h"
#include <string.h>

static void add(unsigned counter, uint64_t amount) { cvn.counter[counter] += amount; }

static uint64_t clean(uint64_t d) { return d & (CVN_INDEX_MASK | CVN_GENERATION_MASK); }

/* To the return ring. It has room for every frame there is; if not, its other end lies, and the engine finds the frame by its owner word. */
static void give_back(uint64_t descriptor, uint32_t reason) {
    cvn_end *back = cvn.table->back;
    if (cvn_room(back, back->capacity)) cvn_put(back, clean(descriptor) | (uint64_t)reason << 32);
}

void cvn_drop(uint64_t descriptor, uint32_t reason) {
    add(COVEN_COUNTER_PACKETS_DROPPED, 1);
    give_back(descriptor, reason);
}

/* A marker, or a descriptor that breaks section 5: shown, given back if it names a frame, never followed. */
static void odd(cvn_end *end, uint64_t d) {
    if (cvn_index(d) == COVEN_DESCRIPTOR_MARKER_INDEX) {
        cvn_marker(end);
        return;
    }
    cvn_count(COVEN_COUNTER_BAD_DESCRIPTORS, 1);
    cvn_error(COVEN_ERROR_BAD_DESCRIPTOR, end->id);
    if (cvn_index(d) < cvn.frame_count) cvn_drop(d, COVEN_REASON_BAD_DESCRIPTOR);
}

/* What the loop over a burst needs, in registers. */
typedef struct view {
    uint8_t *pool, *context;
    uint32_t frame_count, frame_size;
} view;

static inline void open_packet(view v, coven_packet *packet, uint64_t d, uint16_t lane) {
    uint32_t index = cvn_index(d);
    packet->data = v.pool + (size_t)index * v.frame_size + cvn_offset(d);
    __builtin_prefetch(packet->data);
    packet->length = cvn_length(d);
    packet->verdict = COVEN_FORWARD;
    packet->lane = lane;
    packet->context = v.context + (size_t)index * COVEN_META_SIZE;
    packet->descriptor = d;
}

/* What components of this process have handed over came before what lies in their rings. */
static unsigned take_handed(coven_packet *packets, unsigned max) {
    const view v = {cvn.pool, cvn.meta + COVEN_META_OFF_CONTEXT, cvn.frame_count, cvn.frame_size};
    unsigned count = cvn.handed_count < max ? cvn.handed_count : max;
    for (unsigned i = 0; i < count; i++) {
        open_packet(v, &packets[i], cvn.handed[i].descriptor, cvn.handed[i].end->other->lane | cvn_me->tag);
        add(COVEN_COUNTER_BYTES_IN, cvn_length(cvn.handed[i].descriptor));
    }
    cvn.handed_count -= count;
    memmove(cvn.handed, cvn.handed + count, cvn.handed_count * sizeof *cvn.handed);
    add(COVEN_COUNTER_PACKETS_IN, count);
    return count;
}

static unsigned take_from(cvn_end *end, coven_packet *packets, unsigned max) {
    const view v = {cvn.pool, cvn.meta + COVEN_META_OFF_CONTEXT, cvn.frame_count, cvn.frame_size};
    uint64_t bytes = 0, strange[COVEN_LIMITS_BURST_MAX];
    unsigned ready = cvn_ready(end, max), good = 0, others = 0;
    const uint16_t lane = end->lane | cvn_me->tag;
    if (!ready) return 0;
    for (unsigned i = 0; i < ready; i++) {
        uint64_t d = cvn_peek(end, i);
        if (cvn_unlikely(!cvn_fits(d, v.frame_count, v.frame_size))) {
            strange[others++] = d;
            continue;
        }
        bytes += cvn_length(d);
        open_packet(v, &packets[good++], d, lane);
    }
    cvn_consume(end, ready);
    for (unsigned i = 0; i < others; i++) odd(end, strange[i]); /* now, for a frame is given on only after it was popped (section 6) */
    add(COVEN_COUNTER_PACKETS_IN, good);
    add(COVEN_COUNTER_BYTES_IN, bytes);
    return good;
}

static void show_taken(void) {
    if (!cvn.busy_since) cvn.busy_since = cvn_now();
    add(COVEN_COUNTER_BURSTS, 1);
    cvn_show(COVEN_COUNTER_PACKETS_IN);
    cvn_show(COVEN_COUNTER_BYTES_IN);
    cvn_show(COVEN_COUNTER_BURSTS);
}

static unsigned take(coven_packet *packets, unsigned max) {
    unsigned taken = 0, inputs = cvn.table->in_count;
    if (cvn_unlikely(cvn.held_count)) return 0; /* a `block` edge is full: stop taking */
    if (cvn_unlikely(cvn.handed_count)) taken = take_handed(packets, max);
    for (unsigned i = 0; i < inputs && taken < max; i++) {
        if (cvn.turn >= inputs) cvn.turn = 0;
        cvn_end *end = cvn.table->in[cvn.turn++];
        if (cvn_likely(!end->closed)) taken += take_from(end, packets + taken, max - taken);
    }
    if (taken) show_taken();
    return taken;
}

/* The members of a group in turn; what one does is no other's time. */
static unsigned take_in_turn(coven_packet *packets, unsigned max) {
    cvn_member *was = cvn_me;
    unsigned taken = 0;
    for (unsigned i = 1; i <= cvn_member_count && !taken; i++) {
        cvn_me = cvn_members[(was->number + i) % cvn_member_count];
        taken = take(packets, max);
    }
    if (taken && cvn_me != was && was->channel.busy_since) cvn_hand_clock(was);
    return taken;
}

unsigned coven_take(coven_packet *packets, unsigned max) {
    if (max > COVEN_LIMITS_BURST_MAX) max = COVEN_LIMITS_BURST_MAX;
    return cvn_likely(cvn_member_count == 1) ? take(packets, max) : take_in_turn(packets, max);
}

static bool hold(cvn_end *end, uint64_t descriptor) {
    if (!(end->flags & COVEN_EDGE_FLAG_BLOCK) || cvn.held_count == CVN_HELD_MAX) return false;
    if (!end->waiting++) cvn_count(COVEN_COUNTER_BLOCKED, 1);
    end->detour = true;
    cvn.held[cvn.held_count++] = (cvn_held){descriptor, end};
    return true;
}

static void post(cvn_end *end, uint64_t descriptor) {
    add(COVEN_COUNTER_PACKETS_OUT, 1);
    add(COVEN_COUNTER_BYTES_OUT, cvn_length(descriptor));
    cvn_put(end, descriptor);
}

static void full(cvn_end *end, uint64_t descriptor) {
    if (hold(end, descriptor)) return;
    cvn_count(COVEN_COUNTER_EDGE_FULL, 1);
    cvn_drop(descriptor, COVEN_REASON_EDGE_FULL);
}

static inline void send_to(cvn_end *end, uint64_t descriptor) {
    if (cvn_unlikely(end->flags & COVEN_EDGE_FLAG_DISCARD)) cvn_drop(descriptor, COVEN_REASON_COMPONENT);
    else if (end->inside && !end->waiting && cvn_hand_on(end, descriptor)) return;
    else if (cvn_likely(!end->waiting && cvn_room(end, end->limit))) post(end, descriptor);
    else full(end, descriptor);
}

static cvn_end *replica(uint8_t route, const coven_packet *packet) {
    uint32_t bucket = coven_flow_hash(packet) * 0x9E3779B1u >> 25;
    return &cvn.table->ends[cvn.table->fan[route & ~CVN_FAN][bucket]];
}

static void nowhere(const coven_packet *packet, coven_verdict verdict) {
    if (verdict >= coven_output_count()) cvn_no_output(packet, verdict);
    cvn_drop(packet->descriptor, COVEN_REASON_UNKNOWN_OUTPUT);
}

void cvn_forward(const coven_packet *packet, coven_verdict verdict) {
    if (verdict == COVEN_DROP) {
        cvn_drop(packet->descriptor, COVEN_REASON_COMPONENT);
        return;
    }
    if (cvn_unlikely(verdict >= COVEN_LIMITS_OUTPUTS_MAX)) {
        nowhere(packet, verdict);
        return;
    }
    uint8_t route = cvn.table->route[packet->lane & (CVN_LANES - 1)][verdict];
    if (cvn_likely(route < COVEN_LIMITS_EDGES_MAX)) send_to(&cvn.table->ends[route], packet->descriptor);
    else if (route == CVN_NO_ROUTE) nowhere(packet, verdict);
    else send_to(replica(route, packet), packet->descriptor);
}

/* Everything that was posted becomes visible: one handshake an edge. */
void cvn_flush(void) {
    if (!cvn.touched && !cvn.unshown) return;
    cvn.unshown = false;
    while (cvn.touched) {
        cvn_end *end = &cvn.table->ends[__builtin_ctz(cvn.touched)];
        cvn.touched &= cvn.touched - 1;
        if (end->role == COVEN_ROLE_RETURN) cvn_publish_back(end);
        else cvn_publish(end);
    }
    cvn_show(COVEN_COUNTER_PACKETS_OUT);
    cvn_show(COVEN_COUNTER_BYTES_OUT);
    cvn_show(COVEN_COUNTER_PACKETS_DROPPED);
}

/* The end that a packet goes to without further ado: one edge, no queue before it, and room on it. */
static inline cvn_end *clear_way(cvn_table *table, const coven_packet *packet) {
    if (cvn_unlikely(packet->verdict >= COVEN_LIMITS_OUTPUTS_MAX)) return NULL;
    uint8_t route = table->route[packet->lane & (CVN_LANES - 1)][packet->verdict];
    if (cvn_unlikely(route >= COVEN_LIMITS_EDGES_MAX)) return NULL;
    cvn_end *end = &table->ends[route];
    return cvn_likely(!end->detour && end->mine - end->peer < end->limit) ? end : NULL;
}

void coven_finish(coven_packet *packets, unsigned count) {
    cvn_table *table = cvn.table;
    _Atomic uint64_t *own = cvn.own;
    uint64_t bytes = 0;
    uint32_t touched = 0;
    unsigned posted = 0;
    for (unsigned i = 0; i < count; i++) {
        cvn_end *end = clear_way(table, &packets[i]);
        if (cvn_unlikely(!end)) {
            cvn_forward(&packets[i], packets[i].verdict);
            continue;
        }
        cvn_write(end, own, packets[i].descriptor);
        touched |= 1u << end->index;
        bytes += cvn_length(packets[i].descriptor);
        posted++;
    }
    cvn.touched |= touched;
    add(COVEN_COUNTER_PACKETS_OUT, posted);
    add(COVEN_COUNTER_BYTES_OUT, bytes);
    cvn_flush();
}

void coven_fail(coven_packet *packets, unsigned count) {
    cvn_count(COVEN_COUNTER_ERRORS, count);
    cvn_error(COVEN_ERROR_AUTHOR, count);
    for (unsigned i = 0; i < count; i++) cvn_drop(packets[i].descriptor, COVEN_REASON_COMPONENT_ERROR);
    cvn_flush();
}

/* Held packets go on in their order; one that must still wait holds up only its own edge. */
void cvn_retry_held(void) {
    unsigned kept = 0;
    uint32_t blocked = 0;
    for (unsigned i = 0; i < cvn.held_count; i++) {
        cvn_held one = cvn.held[i];
        if (!(blocked & 1u << one.end->index) && cvn_room(one.end, one.end->limit)) {
            one.end->waiting--;
            cvn_mind(one.end);
            post(one.end, one.descriptor);
        } else {
            blocked |= 1u << one.end->index;
            cvn.held[kept++] = one;
        }
    }
    cvn.held_count = kept;
    cvn_flush();
}

/* Leaving: nobody may be there any more to make room. */
void cvn_give_up_held(void) {
    if (!cvn.held_count) return;
    cvn_retry_held();
    for (unsigned i = 0; i < cvn.held_count; i++) {
        cvn_count(COVEN_COUNTER_EDGE_FULL, 1);
        cvn_drop(cvn.held[i].descriptor, COVEN_REASON_EDGE_FULL);
    }
    cvn.held_count = 0;
    cvn_flush();
}
