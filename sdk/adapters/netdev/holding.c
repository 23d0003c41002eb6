/* Frames whose packets the program has, for each lane in the order in which they went in. Most programs hand packets on in this order and as they
 * were: so what comes out is first compared with what is expected next. Keys are made only once this fails, of the packets where they lie. */
#include "netdev.h"
#include <string.h>

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
    bool has_key; /* and is in the lists by keys */
} entry;

/* `expected`: behind the one that came out last. `keyless`: the first without a key; all behind it have none. */
static struct lane { list ages; uint16_t expected, keyless; } lanes[LANES];
static entry entries[HELD_MAX];
static list exact[BUCKETS * LANES], loose[BUCKETS * LANES];
static uint16_t unused[HELD_MAX];
static unsigned count;
static uint32_t ghosts[GHOSTS];
static uint64_t patience_ns;

void holding_open(void) {
    const list empty = {NONE, NONE};
    for (unsigned i = 0; i < LANES; i++) lanes[i] = (struct lane){empty, NONE, NONE};
    for (unsigned i = 0; i < BUCKETS * LANES; i++) exact[i] = loose[i] = empty;
    for (unsigned i = 0; i < HELD_MAX; i++) unused[i] = (uint16_t)i;
    count = 0;
    patience_ns = PATIENCE_FIRST_NS;
}

static unsigned bucket(uint64_t key, unsigned lane) { return (unsigned)(key >> 40) % BUCKETS * LANES + lane % LANES; }

static list *list_of(const entry *it, unsigned order) {
    if (order == BY_AGE) return &lanes[it->packet.lane % LANES].ages;
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

void holding_add(const coven_packet *packet, uint64_t now) {
    uint16_t at = unused[count++];
    struct lane *lane = &lanes[packet->lane % LANES];
    entry *it = &entries[at];
    it->packet = *packet, it->since_ns = now, it->has_key = false;
    append(at, BY_AGE);
    if (lane->expected == NONE) lane->expected = at;
    if (lane->keyless == NONE) lane->keyless = at;
}

static void give_keys(struct lane *lane) {
    for (uint16_t at = lane->keyless; at != NONE; at = entries[at].links[BY_AGE].after) {
        entries[at].key = key_of(entries[at].packet.data, entries[at].packet.length);
        entries[at].has_key = true;
        append(at, BY_EXACT), append(at, BY_LOOSE);
    }
    lane->keyless = NONE;
}

static void release(uint16_t at, coven_packet *packet) {
    *packet = entries[at].packet;
    struct lane *lane = &lanes[packet->lane % LANES];
    uint16_t after = entries[at].links[BY_AGE].after;
    if (lane->expected == at) lane->expected = after;
    if (lane->keyless == at) lane->keyless = after;
    for (unsigned order = 0; order < (entries[at].has_key ? ORDERS : BY_EXACT); order++) take_out(at, order);
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

static void come_out(uint16_t at, uint64_t now, coven_packet *packet) {
    learn(now - entries[at].since_ns);
    lanes[entries[at].packet.lane % LANES].expected = entries[at].links[BY_AGE].after;
    release(at, packet);
}

bool holding_expect(const uint8_t *data, uint32_t length, unsigned lane, uint64_t now, coven_packet *packet) {
    uint16_t at = lanes[lane % LANES].expected;
    if (at == NONE || entries[at].packet.length != length || memcmp(entries[at].packet.data, data, length)) return false;
    come_out(at, now, packet);
    return true;
}

bool holding_find(packet_key key, unsigned lane, uint64_t now, coven_packet *packet) {
    give_keys(&lanes[lane % LANES]);
    uint16_t at = search(key, lane);
    if (at == NONE) return false;
    come_out(at, now, packet);
    return true;
}

static uint16_t oldest(void) {
    uint16_t first = lanes[0].ages.first;
    for (unsigned i = 1; i < LANES; i++) {
        uint16_t other = lanes[i].ages.first;
        if (first == NONE || (other != NONE && entries[other].since_ns < entries[first].since_ns)) first = other;
    }
    return first;
}

bool holding_expire(uint64_t since_ns, coven_packet *packet) {
    uint16_t at = oldest();
    if (at == NONE || entries[at].since_ns > since_ns) return false;
    uint64_t key = key_of(entries[at].packet.data, entries[at].packet.length).exact;
    ghosts[key % GHOSTS] = (uint32_t)(key >> 32);
    release(at, packet);
    return true;
}

uint64_t holding_oldest_ns(void) {
    uint16_t at = oldest();
    return at == NONE ? 0 : entries[at].since_ns;
}

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
