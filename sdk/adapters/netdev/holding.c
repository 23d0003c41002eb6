/* Frames whose packets the program has: found by their packets' keys, given up by their age. Three lists of the same entries. */
#include "netdev.h"

#define BUCKETS 1024u /* of each kind of key, for each lane */
#define GHOSTS 4096u
#define NONE UINT16_MAX
#define PATIENCE_FIRST_NS (20 * NS_PER_MS)
#define PATIENCE_LEAST_NS (2 * NS_PER_MS)
#define PATIENCE_TIMES 8u

enum { BY_AGE, BY_EXACT, BY_LOOSE, ORDERS };

typedef struct link { uint16_t before, after; } link;
typedef struct list { uint16_t first, last; } list;
typedef struct entry {
    coven_packet packet;
    packet_key key;
    uint64_t since_ns;
    link links[ORDERS];
} entry;

static entry entries[HELD_MAX];
static list ages, exact[BUCKETS * LANES], loose[BUCKETS * LANES];
static uint16_t unused[HELD_MAX];
static unsigned count;
static uint32_t ghosts[GHOSTS];
static uint64_t patience_ns;

void holding_open(void) {
    const list empty = {NONE, NONE};
    ages = empty;
    for (unsigned i = 0; i < BUCKETS * LANES; i++) exact[i] = loose[i] = empty;
    for (unsigned i = 0; i < HELD_MAX; i++) unused[i] = (uint16_t)i;
    count = 0;
    patience_ns = PATIENCE_FIRST_NS;
}

static unsigned bucket(uint64_t key, unsigned lane) { return (unsigned)(key >> 40) % BUCKETS * LANES + lane % LANES; }

static list *list_of(const entry *it, unsigned order) {
    if (order == BY_AGE) return &ages;
    return order == BY_EXACT ? &exact[bucket(it->key.exact, it->packet.lane)] : &loose[bucket(it->key.loose, it->packet.lane)];
}

static void append(uint16_t at, unsigned order) {
    list *to = list_of(&entries[at], order);
    entries[at].links[order] = (link){to->last, NONE};
    if (to->last == NONE) to->first = at;
    else entries[to->last].links[order].after = at;
    to->last = at;
}

static void take_out(uint16_t at, unsigned order) {
    list *from = list_of(&entries[at], order);
    link gone = entries[at].links[order];
    if (gone.before == NONE) from->first = gone.after;
    else entries[gone.before].links[order].after = gone.after;
    if (gone.after == NONE) from->last = gone.before;
    else entries[gone.after].links[order].before = gone.before;
}

unsigned holding_count(void) { return count; }

void holding_add(const coven_packet *packet, packet_key key, uint64_t now) {
    uint16_t at = unused[count++];
    entries[at] = (entry){.packet = *packet, .key = key, .since_ns = now};
    for (unsigned order = 0; order < ORDERS; order++) append(at, order);
}

static void release(uint16_t at, coven_packet *packet) {
    *packet = entries[at].packet;
    for (unsigned order = 0; order < ORDERS; order++) take_out(at, order);
    unused[--count] = at;
}

static uint16_t search(packet_key key, unsigned lane) {
    uint16_t at = exact[bucket(key.exact, lane)].first;
    while (at != NONE && entries[at].key.exact != key.exact) at = entries[at].links[BY_EXACT].after;
    if (at != NONE) return at;
    at = loose[bucket(key.loose, lane)].first;
    while (at != NONE && entries[at].key.loose != key.loose) at = entries[at].links[BY_LOOSE].after;
    return at;
}

static void learn(uint64_t took_ns) {
    patience_ns -= patience_ns / 256;
    if (patience_ns < took_ns * PATIENCE_TIMES) patience_ns = took_ns * PATIENCE_TIMES;
}

bool holding_find(packet_key key, unsigned lane, uint64_t now, coven_packet *packet) {
    uint16_t at = search(key, lane);
    if (at == NONE) return false;
    learn(now - entries[at].since_ns);
    release(at, packet);
    return true;
}

bool holding_expire(uint64_t since_ns, coven_packet *packet) {
    if (ages.first == NONE || entries[ages.first].since_ns > since_ns) return false;
    uint64_t key = entries[ages.first].key.exact;
    ghosts[key % GHOSTS] = (uint32_t)(key >> 32);
    release(ages.first, packet);
    return true;
}

uint64_t holding_oldest_ns(void) { return ages.first == NONE ? 0 : entries[ages.first].since_ns; }

bool holding_was_late(packet_key key) {
    uint32_t *ghost = &ghosts[key.exact % GHOSTS];
    if (!*ghost || *ghost != (uint32_t)(key.exact >> 32)) return false;
    *ghost = 0;
    patience_ns *= 2;
    return true;
}

uint64_t holding_patience_ns(uint64_t most_ns) {
    if (patience_ns < PATIENCE_LEAST_NS) patience_ns = PATIENCE_LEAST_NS;
    if (patience_ns > most_ns) patience_ns = most_ns;
    return patience_ns;
}
