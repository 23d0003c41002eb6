/* Packets between channel and interfaces. A frame is held while the program has its packet, and goes on when the packet comes out:
 * so its path, NSH, context and metadata stay with it, and what does not come out is counted as dropped. */
#include "netdev.h"
#include <string.h>

#define PACKET_MAX 65536u
#define DRAIN_NS (100 * NS_PER_MS)
#define PASSES 1024u       /* busy ones between two looks whether the program is there */
#define BEHIND 8u          /* full bursts in a row: the input is backed up */
#define GULP 8u            /* bursts of one way before the other has its turn: a program that is kept fed need not be woken */

tally moved;
static uint8_t copies[BURST][NSH_FRONT + PACKET_MAX];
/* The metadata of each lane's latest packet: what the program makes is made like it. */
static uint8_t latest[LANES][COVEN_META_SIZE];
static coven_packet done[2 * COVEN_LIMITS_BURST_MAX];
static unsigned done_count;

static void flush(void) {
    if (done_count) coven_finish(done, done_count);
    done_count = 0;
}

static void finish(coven_packet *packet, coven_verdict verdict) {
    packet->verdict = verdict;
    if (done_count == sizeof done / sizeof *done) flush();
    done[done_count++] = *packet;
}

/* ---- From the channel to the program. ---- */

static const uint8_t *meta_of(const coven_packet *packet) { return packet->context - COVEN_META_OFF_CONTEXT; }

/* What lies before the packet in its frame may be read there later (spec/sdk.md, NSH): `kept` is put back once the program has its bytes. */
static struct iovec show(const coven_packet *packet, uint8_t *kept) {
    if (!nsh_shown) return (struct iovec){packet->data, packet->length};
    uint8_t *front = packet->data - NSH_FRONT;
    memcpy(kept, front, NSH_FRONT);
    nsh_write(front, packet->data, meta_of(packet));
    return (struct iovec){front, NSH_FRONT + packet->length};
}

/* Those of one lane. */
static void give(unsigned at, coven_packet *packets, unsigned count, uint64_t now) {
    struct iovec bytes[BURST];
    static uint8_t kept[BURST][NSH_FRONT];
    for (unsigned i = 0; i < count; i++) bytes[i] = show(&packets[i], kept[i]);
    uint32_t refused = interface_give(&interfaces[at], bytes, count);
    for (unsigned i = 0; nsh_shown && i < count; i++) memcpy(packets[i].data - NSH_FRONT, kept[i], NSH_FRONT);
    for (unsigned i = 0; i < count; i++) {
        if (refused & 1u << i) finish(&packets[i], COVEN_DROP);
        else holding_add(&packets[i], now);
    }
}

static void remember(const coven_packet *packet) {
    memcpy(latest[packet->lane % LANES], meta_of(packet), COVEN_META_SIZE);
}

static unsigned take(uint64_t now) {
    coven_packet packets[BURST], lanes[LANES][BURST];
    unsigned counts[LANES] = {0};
    if (HELD_MAX - holding_count() < BURST) return 0;
    unsigned count = coven_take(packets, BURST);
    for (unsigned i = 0; i < count; i++) {
        unsigned lane = packets[i].lane % LANES;
        lanes[lane][counts[lane]++] = packets[i];
    }
    for (unsigned lane = 0; lane < LANES; lane++) {
        if (!counts[lane]) continue;
        remember(&lanes[lane][counts[lane] - 1]);
        give(lane ? INTERFACE_OUT : INTERFACE_IN, lanes[lane], counts[lane], now);
    }
    return count;
}

static struct iovec copy_of(const coven_packet *packet, uint8_t *to) {
    uint32_t front = nsh_shown ? NSH_FRONT : 0;
    if (front) nsh_write(to, packet->data, meta_of(packet));
    memcpy(to + front, packet->data, packet->length);
    return (struct iovec){to, front + packet->length};
}

/* For a program that only reads: on it goes at once, and the program gets a copy, unless packets are piling up behind it. */
static unsigned take_copies(void) {
    static unsigned full;
    coven_packet packets[BURST];
    struct iovec bytes[BURST];
    unsigned count = coven_take(packets, BURST);
    full = count == BURST ? full + 1 : 0;
    bool copy = full < BEHIND;
    for (unsigned i = 0; copy && i < count; i++) bytes[i] = copy_of(&packets[i], copies[i]);
    coven_finish(packets, count);
    if (copy) moved.copied += count - (unsigned)__builtin_popcount(interface_give(&interfaces[INTERFACE_IN], bytes, count));
    else interfaces[INTERFACE_IN].refused += count;
    return count;
}

/* ---- From the program to the channel. ---- */

/* What came out: the packet, and its context if it has an NSH with one. */
typedef struct found { uint8_t *data; uint32_t length; const uint8_t *context; } found;

static bool rewrite(coven_packet *packet, const found *it) {
    if (packet->length == it->length && !memcmp(packet->data, it->data, it->length)) return true;
    moved.rewritten++;
    if (packet->length != it->length && !coven_grow_back(packet, (int32_t)it->length - (int32_t)packet->length)) return false;
    memcpy(packet->data, it->data, it->length);
    return true;
}

static void set_context(coven_packet *packet, const found *it) {
    if (it->context) memcpy(packet->context, it->context, COVEN_LIMITS_CONTEXT_BYTES);
}

static void go_on(coven_packet *packet, coven_verdict verdict, const found *it) {
    moved.returned++;
    set_context(packet, it);
    if (rewrite(packet, it)) finish(packet, verdict);
    else moved.unsent++, finish(packet, COVEN_DROP);
}

static void make(unsigned lane, coven_verdict verdict, const found *it) {
    coven_packet packet, like = {.lane = (uint16_t)lane, .context = latest[lane] + COVEN_META_OFF_CONTEXT};
    if (!coven_packet_new(&packet, it->length, &like)) {
        moved.unsent++;
        return;
    }
    moved.made++;
    memcpy(packet.data, it->data, it->length);
    set_context(&packet, it);
    finish(&packet, verdict);
}

/* As it went in, and in its turn. Where its NSH has to be read first nobody may change it meanwhile. */
static bool expected(unsigned at, found *it, unsigned lane, uint64_t now, coven_packet *packet) {
    if (!nsh_shown && holding_expect(it->data, it->length, lane, now, packet)) return true;
    it->data = interface_settled(&interfaces[at], it->data, it->length);
    return false;
}

/* Out by `in` is the way of lane 1, out by `out` that of lane 0; another output has both. What comes out against its way can't stay on its
 * path: it is dropped, and goes the other way as a packet of the program's own. */
static void come_out(unsigned at, found it, uint64_t now) {
    coven_packet packet;
    unsigned lane = at == INTERFACE_IN;
    coven_verdict verdict = (coven_verdict)(at == INTERFACE_IN ? 0 : at - 1);
    if (expected(at, &it, lane, now, &packet)) {
        moved.returned++;
        finish(&packet, verdict);
        return;
    }
    if (!nsh_take_off(&it.data, &it.length, &it.context)) return;
    packet_key key = key_of(it.data, it.length);
    if (holding_find(key, lane, now, &packet)) {
        go_on(&packet, verdict, &it);
    } else if (holding_find(key, !lane, now, &packet)) {
        if (at > INTERFACE_OUT) {
            go_on(&packet, verdict, &it);
            return;
        }
        finish(&packet, COVEN_DROP);
        make(lane, verdict, &it);
    } else {
        moved.late += holding_was_late(key);
        make(lane, verdict, &it);
    }
}

/* How many packets came out of one interface. */
static unsigned collect_at(unsigned at, bool tap, uint64_t now) {
    unsigned count = 0;
    found it = {0};
    for (; count < GULP * BURST && (it.data = interface_take(&interfaces[at], &it.length)); count++) {
        if (tap) moved.unsent++;
        else come_out(at, it, now);
    }
    interface_release(&interfaces[at]);
    return count;
}

static unsigned collect(bool tap, uint64_t now) {
    unsigned count = 0;
    for (unsigned at = 0; at < interface_count; at++) count += collect_at(at, tap, now);
    return count;
}

static unsigned gulp(bool tap, uint64_t now) {
    unsigned count = 0, taken = BURST;
    for (unsigned i = 0; i < GULP && taken == BURST; i++) count += taken = tap ? take_copies() : take(now);
    return count;
}

/* ---- Time. ---- */

static uint64_t most_ns(void) { return (uint64_t)coven_value(&hold_ms) * NS_PER_MS; }
static bool room_is_short(void) { return HELD_MAX - holding_count() < BURST; }

static void expire(uint64_t now) {
    coven_packet packet;
    while (holding_expire(now - most_ns(), &packet) || (room_is_short() && holding_expire(now - holding_patience_ns(most_ns()), &packet))) {
        moved.lost++;
        finish(&packet, COVEN_DROP);
    }
}

static int until_ms(uint64_t then, uint64_t now) { return then <= now ? 0 : (int)((then - now + NS_PER_MS - 1) / NS_PER_MS); }

/* With no room to hold more, waiting packets must not wake us. */
static int sleep_ms(uint64_t now) {
    uint64_t oldest = holding_oldest_ns();
    if (!holding_count()) return -1;
    return until_ms(oldest + (room_is_short() ? holding_patience_ns(most_ns()) : most_ns()), now);
}

/* What the program still has may come out; the rest is given up. */
static void drain(void) {
    coven_packet packet;
    interfaces_watch(true);
    for (uint64_t now = now_ns(), end = now + DRAIN_NS; holding_count() && now < end; now = now_ns()) {
        if (!collect(false, now)) rest_until(until_ms(end, now), false);
        if (program_has_ended()) break;
        flush();
    }
    while (holding_expire(UINT64_MAX, &packet)) {
        moved.lost++;
        finish(&packet, COVEN_DROP);
    }
    flush();
}

bool move_packets(bool tap) {
    for (unsigned passes = 0; coven_pass();) {
        uint64_t now = now_ns();
        unsigned moves = gulp(tap, now);
        moves += collect(tap, now);
        expire(now);
        flush();
        if (!moves) rest(now, sleep_ms(now), !room_is_short());
        else rest_over();
        if ((!moves || !(++passes % PASSES)) && program_has_ended()) return false;
    }
    drain();
    return true;
}
