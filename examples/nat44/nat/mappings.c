#include "mappings.h"
#include <string.h>

enum { PORTS_MAX = 65536, PROBES = 64 };
static const uint64_t second = 1000000000ull;

static mapping table[KINDS][PORTS_MAX];     /* by port - first */
static uint32_t bucket[KINDS][PORTS_MAX];   /* 1 + place */
static uint32_t next_place[KINDS], count, in_use;
static uint16_t first;

void mappings_reset(uint16_t first_port, uint32_t ports) {
    memset(table, 0, sizeof table), memset(bucket, 0, sizeof bucket), memset(next_place, 0, sizeof next_place);
    first = first_port, count = ports, in_use = 0;
}

uint32_t mappings_in_use(void) { return in_use; }

/* RFC 4787 REQ-5, RFC 5382 REQ-5, RFC 5508 REQ-2. */
static uint64_t timeout_ns(enum kind kind, const mapping *m) {
    if (kind == KIND_UDP) return 300 * second;
    if (kind == KIND_ICMP) return 60 * second;
    return (m->answered && !m->closing ? 7440 : 240) * second;
}

static bool is_over(enum kind kind, const mapping *m, uint64_t now) { return now > m->used_ns && now - m->used_ns >= timeout_ns(kind, m); }

static uint32_t *bucket_of(enum kind kind, end inside) {
    uint64_t x = (uint64_t)inside.address << 16 | inside.port;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ull;
    return &bucket[kind][(x ^ x >> 27) * 0x94D049BB133111EBull >> 48];
}

static void release(enum kind kind, mapping *m) {
    uint32_t *at = bucket_of(kind, m->inside);
    while (*at != (uint32_t)(m - table[kind]) + 1) at = &table[kind][*at - 1].next;
    *at = m->next;
    *m = (mapping){0};
    in_use--;
}

mapping *mapping_of(enum kind kind, end inside, uint64_t now, uint16_t *port) {
    for (uint32_t at = *bucket_of(kind, inside); at; at = table[kind][at - 1].next) {
        mapping *m = &table[kind][at - 1];
        if (m->inside.address != inside.address || m->inside.port != inside.port) continue;
        if (is_over(kind, m, now)) return release(kind, m), NULL;
        *port = (uint16_t)(first + at - 1);
        return m;
    }
    return NULL;
}

/* A bounded look for a port that nobody has, or whose time is over. */
static mapping *free_place(enum kind kind, uint64_t now) {
    for (unsigned probe = 0; probe < PROBES && probe < count; probe++) {
        mapping *m = &table[kind][next_place[kind]];
        next_place[kind] = (next_place[kind] + 1) % count;
        if (m->in_use && is_over(kind, m, now)) release(kind, m);
        if (!m->in_use) return m;
    }
    return NULL;
}

mapping *mapping_out(enum kind kind, end inside, uint64_t now, uint16_t *port) {
    mapping *m = mapping_of(kind, inside, now, port);
    if (m) return m->used_ns = now, m;
    if (!(m = free_place(kind, now))) return NULL;
    uint32_t *at = bucket_of(kind, inside), place = (uint32_t)(m - table[kind]);
    *m = (mapping){.inside = inside, .next = *at, .used_ns = now, .in_use = true};
    *at = place + 1;
    in_use++;
    *port = (uint16_t)(first + place);
    return m;
}

mapping *mapping_in(enum kind kind, uint16_t port, uint64_t now) {
    if (port < first || port - first >= (int64_t)count) return NULL;
    mapping *m = &table[kind][port - first];
    if (!m->in_use) return NULL;
    if (is_over(kind, m, now)) return release(kind, m), NULL;
    return m;
}
