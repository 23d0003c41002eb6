/* Edge tables (spec/channel.md section 4): copied, then checked, then used. */
#include "ring.h"
#include <string.h>

#define ENTRY_WORDS (COVEN_EDGE_SIZE / 4)
_Static_assert(COVEN_EDGE_SIZE == 48 && COVEN_EDGE_SIZE % 4 == 0, "spec/channel.toml [edge]");
_Static_assert(COVEN_LIMITS_EDGES_MAX <= 32, "`touched` has a bit for each end");
_Static_assert(COVEN_SLOT_OFF_EDGES + 2 * COVEN_LIMITS_EDGES_MAX * COVEN_EDGE_SIZE <= COVEN_CHANNEL_PAGE, "spec/channel.toml [slot]");

static const char *fault;

/* What was wrong with the table that was refused last. */
const char *cvn_table_fault(void) { return fault; }

static bool bad(const char *why) {
    fault = why;
    return false;
}

static uint16_t get16(const uint8_t *entry, uint32_t offset) { return (uint16_t)(entry[offset] | entry[offset + 1] << 8); }
static uint32_t get32(const uint8_t *entry, uint32_t offset) { return get16(entry, offset) | (uint32_t)get16(entry, offset + 2) << 16; }

/* Atomic loads, so that no compiler reads the shared bytes again after the checks. */
static void copy_entry(uint8_t *to, uint32_t epoch, unsigned at) {
    uint32_t table = COVEN_SLOT_OFF_EDGES + (epoch & 1) * COVEN_LIMITS_EDGES_MAX * COVEN_EDGE_SIZE;
    _Atomic uint32_t *from = cvn_u32(cvn.slot, table + at * COVEN_EDGE_SIZE);
    for (unsigned i = 0; i < ENTRY_WORDS; i++) {
        uint32_t word = cvn_load(from + i, memory_order_relaxed);
        for (unsigned b = 0; b < 4; b++) to[4 * i + b] = (uint8_t)(word >> 8 * b);
    }
}

static void parse(cvn_end *end, const uint8_t *e) {
    *end = (cvn_end){
        .id = get16(e, COVEN_EDGE_OFF_ID), .role = e[COVEN_EDGE_OFF_ROLE], .flags = e[COVEN_EDGE_OFF_FLAGS],
        .output = get16(e, COVEN_EDGE_OFF_OUTPUT), .peer_slot = get16(e, COVEN_EDGE_OFF_PEER), .lane = e[COVEN_EDGE_OFF_LANE],
        .limit = get32(e, COVEN_EDGE_OFF_LIMIT), .marker_epoch = get32(e, COVEN_EDGE_OFF_MARKER_EPOCH),
        .seed = get32(e, COVEN_EDGE_OFF_SEED), .weight = get32(e, COVEN_EDGE_OFF_WEIGHT),
        .ring = (uint64_t)get32(e, COVEN_EDGE_OFF_RING) * COVEN_CHANNEL_RING_UNIT,
        .capacity = e[COVEN_EDGE_OFF_CAP_LOG2] <= COVEN_DESCRIPTOR_INDEX_BITS ? 1u << e[COVEN_EDGE_OFF_CAP_LOG2] : 0,
    };
    end->detour = end->flags & COVEN_EDGE_FLAG_DISCARD;
    end->owner = (uint64_t)end->id << COVEN_OWNER_EDGE_SHIFT;
    for (unsigned i = 0; i < COVEN_LIMITS_AFTER_MAX; i++) end->after[i] = get16(e, COVEN_EDGE_OFF_AFTER + 2 * i);
}

static uint64_t ring_end(const cvn_end *end) { return end->ring + COVEN_RING_OFF_SLOTS + 8ull * end->capacity; }

static bool check_sizes(const cvn_end *end) {
    if (!end->capacity) return bad("cap_log2 is over 22");
    if (end->ring < cvn.off_rings || ring_end(end) > cvn.off_rings + cvn.rings_len) return bad("the ring lies outside of the ring region");
    switch (end->role) {
    case COVEN_ROLE_RETURN: return end->capacity >= cvn.frame_count || bad("the return ring holds fewer entries than there are frames");
    case COVEN_ROLE_ALLOC: return (end->limit && end->limit <= end->capacity) || bad("the limit of the alloc ring is 0 or over its capacity");
    default:
        return (end->limit && end->limit <= end->capacity && end->capacity - end->limit >= COVEN_LIMITS_EDGE_SLACK)
            || bad("the limit is 0, or the capacity is under limit + 8");
    }
}

static bool check(const cvn_end *end) {
    if (end->role > COVEN_ROLE_RETURN) return bad("unknown role");
    if (end->flags & ~(COVEN_EDGE_FLAG_BLOCK | COVEN_EDGE_FLAG_DISCARD)) return bad("unknown flag");
    if (end->peer_slot >= cvn.slot_count) return bad("no such peer slot");
    if (end->output >= COVEN_LIMITS_OUTPUTS_MAX) return bad("the output is over 15");
    if (!check_sizes(end)) return false;
    return cvn_open_bell(end->peer_slot) >= 0 || bad("the peer has no bell");
}

static bool check_against_others(const cvn_table *table, const cvn_end *end) {
    for (const cvn_end *other = table->ends; other < end; other++) {
        if (other->id == end->id) return bad("two entries have one edge id");
        if (other->ring < ring_end(end) && end->ring < ring_end(other)) return bad("two rings overlap");
        if (other->role == end->role && end->role >= COVEN_ROLE_ALLOC) return bad("two alloc or return rings");
    }
    return true;
}

/* An edge that was in force before keeps its cursors: this process still holds that end. */
static void attach_end(cvn_end *end, const cvn_table *old) {
    uint8_t *ring = cvn.segment + end->ring;
    end->head = cvn_u32(ring, COVEN_RING_OFF_HEAD);
    end->want = cvn_u32(ring, COVEN_RING_OFF_WANT);
    end->tail = cvn_u32(ring, COVEN_RING_OFF_TAIL);
    end->slots = cvn_u64(ring, COVEN_RING_OFF_SLOTS);
    end->peer_park = cvn_u32(cvn.slots + (size_t)end->peer_slot * cvn.slot_stride, COVEN_SLOT_OFF_PARK);
    for (unsigned i = 0; old && i < old->count; i++) {
        const cvn_end *was = &old->ends[i];
        if (was->id != end->id || was->role != end->role || was->ring != end->ring || was->capacity != end->capacity) continue;
        end->mine = was->mine, end->peer = was->peer, end->refused = was->refused;
        end->broken = was->broken, end->marked = was->marked;
        return;
    }
    cvn_attach_end(end);
}

/* Gates: section 7. An edge that is not among the inputs can't bring its marker any more and holds nobody up. */
static bool is_open(const cvn_table *table, const cvn_end *end) {
    for (unsigned a = 0; a < COVEN_LIMITS_AFTER_MAX; a++)
        for (unsigned i = 0; end->after[a] && i < table->in_count; i++)
            if (table->in[i]->id == end->after[a] && table->in[i] != end && !table->in[i]->marked) return false;
    return true;
}

void cvn_set_gates(cvn_table *table) {
    for (unsigned i = 0; i < table->in_count; i++) table->in[i]->closed = !is_open(table, table->in[i]);
}

static void sort_in(cvn_table *table, cvn_end *end) {
    switch (end->role) {
    case COVEN_ROLE_IN: table->in[table->in_count++] = end; break;
    case COVEN_ROLE_ALLOC: table->alloc = end; break;
    case COVEN_ROLE_RETURN: table->back = end; break;
    default: break;
    }
}

static bool read_entries(uint32_t epoch, cvn_table *table) {
    for (unsigned i = 0; i < COVEN_LIMITS_EDGES_MAX; i++) {
        uint8_t entry[COVEN_EDGE_SIZE];
        copy_entry(entry, epoch, i);
        if (!entry[COVEN_EDGE_OFF_ROLE]) return true;
        cvn_end *end = &table->ends[table->count];
        parse(end, entry);
        end->index = (uint8_t)table->count;
        if (!check(end) || !check_against_others(table, end)) return false;
        table->count++;
        sort_in(table, end);
    }
    return true;
}

/* The table of `epoch` into `table`. False, and the number of the bad entry, if it breaks the contract. */
bool cvn_read_table(uint32_t epoch, cvn_table *table, const cvn_table *old, uint32_t *argument) {
    *table = (cvn_table){0};
    bool good = read_entries(epoch, table);
    atomic_thread_fence(memory_order_acquire); /* the caller looks at want_epoch again, after what was read here */
    *argument = table->count;
    if (good && !table->back && table->count) good = bad("there is no return ring");
    if (!good) return false;
    for (unsigned i = 0; i < table->count; i++) attach_end(&table->ends[i], old);
    cvn_set_gates(table);
    cvn_plan_routes(table);
    return true;
}
