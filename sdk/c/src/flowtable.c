/* A table of flows: chains of entries behind a hash, and one list of all by use. Entries are numbered from 1; 0 is none. */
#include "items.h"
#include <coven/flow.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { SWEEP = 8, NAME_ROOM = 64 };

typedef struct entry {
    coven_flow flow; /* first: coven_flow_table_next goes by it */
    uint64_t used_ns;
    uint32_t chain, newer, older, bucket;
} entry;

struct coven_flow_table {
    uint8_t *entries;
    uint32_t *buckets;
    size_t stride, value_size;
    uint32_t capacity, mask, size, free, newest, oldest;
    uint64_t seed, now_ns, timeout_ns;
    bool symmetric;
    coven_item flows, expired, evicted;
    char names[3][NAME_ROOM], helps[2][NAME_ROOM];
};

static entry *at(const coven_flow_table *t, uint32_t number) { return (entry *)(void *)(t->entries + (number - 1) * t->stride); }
static void *value_of(entry *e) { return e + 1; }

/* ---- hash: keyed, so that nobody can send flows that all meet in one chain ---- */

static uint64_t mix(uint64_t one, uint64_t other) {
    unsigned __int128 product = (unsigned __int128)one * other;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_end(uint64_t seed, const uint8_t address[16], uint16_t port) {
    uint64_t half[2];
    memcpy(half, address, sizeof half);
    return mix(mix(half[0] ^ seed ^ 0x9E3779B97F4A7C15u, half[1] ^ 0xD6E8FEB86659FD93u) ^ port, seed | 1);
}

static uint32_t bucket_of(const coven_flow_table *t, const coven_flow *flow) {
    uint64_t from = hash_end(t->seed, flow->source, flow->source_port), to = hash_end(t->seed, flow->destination, flow->destination_port);
    uint64_t both = t->symmetric ? from + to : mix(from, to ^ 0xA0761D6478BD642Fu);
    return (uint32_t)(mix(both ^ flow->protocol, 0xE7037ED1A0B428DBu ^ t->seed) >> 32) & t->mask;
}

static bool same(const coven_flow_table *t, const coven_flow *one, const coven_flow *other) {
    if (coven_flow_equal(one, other)) return true;
    if (!t->symmetric) return false;
    coven_flow back = coven_flow_reversed(other);
    return coven_flow_equal(one, &back);
}

static uint32_t find(const coven_flow_table *t, const coven_flow *flow, uint32_t bucket) {
    uint32_t number = t->buckets[bucket];
    while (number && !same(t, &at(t, number)->flow, flow)) number = at(t, number)->chain;
    return number;
}

/* ---- the list by use ---- */

static void unlink_use(coven_flow_table *t, const entry *e) {
    if (e->newer) at(t, e->newer)->older = e->older;
    else t->newest = e->older;
    if (e->older) at(t, e->older)->newer = e->newer;
    else t->oldest = e->newer;
}

static void link_newest(coven_flow_table *t, uint32_t number) {
    entry *e = at(t, number);
    e->used_ns = t->now_ns;
    e->newer = 0;
    e->older = t->newest;
    if (t->newest) at(t, t->newest)->newer = number;
    else t->oldest = number;
    t->newest = number;
}

static void drop(coven_flow_table *t, uint32_t number) {
    entry *e = at(t, number);
    uint32_t *link = &t->buckets[e->bucket];
    while (*link != number) link = &at(t, *link)->chain;
    *link = e->chain;
    unlink_use(t, e);
    e->chain = t->free;
    t->free = number;
    coven_set(&t->flows, --t->size);
}

static bool is_over(const coven_flow_table *t, uint32_t number) { return t->timeout_ns && t->now_ns - at(t, number)->used_ns >= t->timeout_ns; }

/* The packets' time, which never goes back here, and what it takes away. */
static void pass_time(coven_flow_table *t, uint64_t time_ns) {
    if (time_ns > t->now_ns) t->now_ns = time_ns;
    for (unsigned i = 0; i < SWEEP && t->oldest && is_over(t, t->oldest); i++) {
        drop(t, t->oldest);
        coven_add(&t->expired, 1);
    }
}

/* The flow's entry, unless its time is over. */
static uint32_t fresh(coven_flow_table *t, const coven_flow *flow, uint32_t bucket) {
    uint32_t number = find(t, flow, bucket);
    if (!number || !is_over(t, number)) return number;
    drop(t, number);
    coven_add(&t->expired, 1);
    return 0;
}

static void *use(coven_flow_table *t, uint32_t number) {
    unlink_use(t, at(t, number));
    link_newest(t, number);
    return value_of(at(t, number));
}

void *coven_flow_table_get(coven_flow_table *t, const coven_flow *flow, uint64_t time_ns) {
    pass_time(t, time_ns);
    uint32_t number = fresh(t, flow, bucket_of(t, flow));
    return number ? use(t, number) : NULL;
}

void *coven_flow_table_put(coven_flow_table *t, const coven_flow *flow, uint64_t time_ns) {
    pass_time(t, time_ns);
    uint32_t bucket = bucket_of(t, flow), number = fresh(t, flow, bucket);
    if (number) return use(t, number);
    if (!t->free) {
        drop(t, t->oldest);
        coven_add(&t->evicted, 1);
    }
    number = t->free;
    entry *e = at(t, number);
    t->free = e->chain;
    *e = (entry){.flow = *flow, .chain = t->buckets[bucket], .bucket = bucket};
    t->buckets[bucket] = number;
    link_newest(t, number);
    coven_set(&t->flows, ++t->size);
    return memset(value_of(e), 0, t->value_size);
}

bool coven_flow_table_remove(coven_flow_table *t, const coven_flow *flow) {
    uint32_t number = fresh(t, flow, bucket_of(t, flow));
    if (number) drop(t, number);
    return number;
}

uint32_t coven_flow_table_size(const coven_flow_table *t) { return t->size; }

const coven_flow *coven_flow_table_next(const coven_flow_table *t, const coven_flow *after, void **value) {
    uint32_t number = after ? ((const entry *)(const void *)after)->older : t->newest;
    if (!number || is_over(t, number)) return NULL; /* the older ones are over as well */
    *value = value_of(at(t, number));
    return &at(t, number)->flow;
}

/* ---- made and freed ---- */

static void show(coven_flow_table *t, unsigned which, coven_item *item, const char *name, const char *suffix, const char *kind, const char *help) {
    snprintf(t->names[which], NAME_ROOM, "%s_%s", name, suffix);
    *item = (coven_item){.name = t->names[which], .kind = kind, .type = "integer", .unit = "flows", .help = help};
    coven_publish(item);
}

static bool room_for(coven_flow_table *t) {
    uint32_t buckets = 1;
    while (buckets < t->capacity) buckets *= 2;
    t->mask = buckets - 1;
    t->buckets = calloc(buckets, sizeof *t->buckets);
    t->entries = calloc(t->capacity, t->stride);
    if (!t->buckets || !t->entries) return false;
    for (uint32_t number = t->capacity; number; number--) {
        at(t, number)->chain = t->free;
        t->free = number;
    }
    return true;
}

coven_flow_table *coven_flow_table_new(const char *name, uint32_t capacity, double timeout_s, bool symmetric, size_t value_size) {
    bool good = capacity && capacity <= 1u << 30 && timeout_s >= 0 && timeout_s < 1e9 && value_size < 1u << 20 && strlen(name) + sizeof "_evicted" <= NAME_ROOM;
    coven_flow_table *t = good ? calloc(1, sizeof *t) : NULL;
    if (t) {
        t->capacity = capacity, t->symmetric = symmetric, t->value_size = value_size;
        t->stride = (sizeof(entry) + value_size + 7) & ~(size_t)7;
        t->timeout_ns = (uint64_t)(timeout_s * 1e9);
        if (getrandom(&t->seed, sizeof t->seed, 0) != sizeof t->seed) t->seed = (uintptr_t)t;
    }
    if (!t || !room_for(t)) {
        fprintf(stderr, "%s: flow table %.60s: %s\n", coven_component_name(), name, t ? "no memory for so many entries" : "1 to 2^30 entries, a time-out from 0 to 10^9 s, values under 1 MiB, a name under 56 bytes");
        if (t) free(t->buckets), free(t->entries), free(t);
        return NULL;
    }
    snprintf(t->helps[0], NAME_ROOM, "entries in the table, at most %u", capacity);
    snprintf(t->helps[1], NAME_ROOM, "entries unused for %g s", timeout_s);
    show(t, 0, &t->flows, name, "flows", "gauge", t->helps[0]);
    show(t, 1, &t->expired, name, "expired", "counter", t->helps[1]);
    show(t, 2, &t->evicted, name, "evicted", "counter", "entries that made room for others");
    return t;
}

void coven_flow_table_free(coven_flow_table *t) {
    if (!t) return;
    item_withdraw(&t->flows), item_withdraw(&t->expired), item_withdraw(&t->evicted);
    free(t->buckets), free(t->entries), free(t);
}
