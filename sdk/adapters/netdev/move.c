/* Packets between channel and interfaces. A frame is held while the program has its packet, and goes on when the packet comes out:
 * so its path, NSH, context and metadata stay with it, and what does not come out is counted as dropped. */
#include "netdev.h"
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#define PACKET_MAX 65536u
#define DRAIN_NS (100 * NS_PER_MS)
#define PROGRAM UINT32_MAX /* the epoll data of the program's end */
#define BEHIND 8u          /* full bursts in a row: the input is backed up */

tally moved;
static int watched = -1;
static uint8_t scratch[PACKET_MAX];
static uint8_t copies[BURST][PACKET_MAX];
/* The metadata of each lane's latest packet: what the program makes is made like it. */
static uint8_t latest[LANES][COVEN_META_SIZE];
static coven_packet done[2 * COVEN_LIMITS_BURST_MAX];
static unsigned done_count;

static void flush(void) {
    interfaces_push();
    if (done_count) coven_finish(done, done_count);
    done_count = 0;
}

static void finish(coven_packet *packet, coven_verdict verdict) {
    packet->verdict = verdict;
    if (done_count == sizeof done / sizeof *done) flush();
    done[done_count++] = *packet;
}

/* ---- From the channel to the program. ---- */

static void give(coven_packet *packet, uint64_t now) {
    interface *to = &interfaces[packet->lane ? INTERFACE_OUT : INTERFACE_IN];
    packet_key key = key_of(packet->data, packet->length);
    if (interface_give(to, packet->data, packet->length)) holding_add(packet, key, now);
    else finish(packet, COVEN_DROP);
}

static void remember(const coven_packet *packet) {
    memcpy(latest[packet->lane % LANES], packet->context - COVEN_META_OFF_CONTEXT, COVEN_META_SIZE);
}

static unsigned take(uint64_t now) {
    coven_packet packets[BURST];
    if (HELD_MAX - holding_count() < BURST) return 0;
    unsigned count = coven_take(packets, BURST);
    for (unsigned i = 0; i < count; i++) {
        remember(&packets[i]);
        give(&packets[i], now);
    }
    return count;
}

/* For a program that only reads: on it goes at once, and the program gets a copy, unless packets are piling up behind it. */
static unsigned take_copies(void) {
    static unsigned full;
    coven_packet packets[BURST];
    uint32_t lengths[BURST];
    unsigned count = coven_take(packets, BURST);
    full = count == BURST ? full + 1 : 0;
    bool copy = full < BEHIND;
    for (unsigned i = 0; copy && i < count; i++) memcpy(copies[i], packets[i].data, lengths[i] = packets[i].length);
    coven_finish(packets, count);
    for (unsigned i = 0; copy && i < count; i++) moved.copied += interface_give(&interfaces[INTERFACE_IN], copies[i], lengths[i]);
    if (!copy) interfaces[INTERFACE_IN].refused += count;
    return count;
}

/* ---- From the program to the channel. ---- */

static bool rewrite(coven_packet *packet, const uint8_t *data, uint32_t length) {
    if (packet->length == length && !memcmp(packet->data, data, length)) return true;
    moved.rewritten++;
    if (packet->length != length && !coven_grow_back(packet, (int32_t)length - (int32_t)packet->length)) return false;
    memcpy(packet->data, data, length);
    return true;
}

static void go_on(coven_packet *packet, coven_verdict verdict, const uint8_t *data, uint32_t length) {
    moved.returned++;
    if (rewrite(packet, data, length)) finish(packet, verdict);
    else moved.unsent++, finish(packet, COVEN_DROP);
}

static void make(unsigned lane, coven_verdict verdict, const uint8_t *data, uint32_t length) {
    coven_packet packet, like = {.lane = (uint16_t)lane, .context = latest[lane] + COVEN_META_OFF_CONTEXT};
    if (!coven_packet_new(&packet, length, &like)) {
        moved.unsent++;
        return;
    }
    moved.made++;
    memcpy(packet.data, data, length);
    finish(&packet, verdict);
}

/* Out by `in` is the way of lane 1, out by `out` that of lane 0; another output has both. What comes out against its way can't stay on its
 * path: it is dropped, and goes the other way as a packet of the program's own. */
static void come_out(unsigned at, const uint8_t *data, uint32_t length, uint64_t now) {
    coven_packet packet;
    packet_key key = key_of(data, length);
    unsigned lane = at == INTERFACE_IN;
    coven_verdict verdict = (coven_verdict)(at == INTERFACE_IN ? 0 : at - 1);
    if (holding_find(key, lane, now, &packet)) {
        go_on(&packet, verdict, data, length);
    } else if (holding_find(key, !lane, now, &packet)) {
        if (at > INTERFACE_OUT) {
            go_on(&packet, verdict, data, length);
            return;
        }
        finish(&packet, COVEN_DROP);
        make(lane, verdict, data, length);
    } else {
        moved.late += holding_was_late(key);
        make(lane, verdict, data, length);
    }
}

static void collect(unsigned at, bool tap, uint64_t now) {
    for (unsigned i = 0; i < BURST; i++) {
        uint32_t length = interface_collect(&interfaces[at], scratch, sizeof scratch);
        if (!length) return;
        if (tap) moved.unsent++;
        else come_out(at, scratch, length, now);
    }
}

/* How many interfaces had something; -1 if the program has ended. */
static int look(bool tap, int timeout_ms, uint64_t now) {
    struct epoll_event events[INTERFACES_MAX + 1];
    int count = epoll_wait(watched, events, INTERFACES_MAX + 1, timeout_ms);
    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 == PROGRAM) return -1;
        collect(events[i].data.u32, tap, now);
    }
    return count < 0 ? 0 : count;
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
static void rest(void) {
    uint64_t now = now_ns(), oldest = holding_oldest_ns();
    struct pollfd waiting = {.fd = watched, .events = POLLIN};
    if (room_is_short()) poll(&waiting, 1, until_ms(oldest + holding_patience_ns(most_ns()), now));
    else coven_wait(watched, holding_count() ? until_ms(oldest + most_ns(), now) : -1);
}

static bool watch(void) {
    watched = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = PROGRAM};
    bool good = watched >= 0 && !epoll_ctl(watched, EPOLL_CTL_ADD, program_fd(), &event);
    for (unsigned i = 0; good && i < interface_count; i++) {
        event.data.u32 = i;
        good = !epoll_ctl(watched, EPOLL_CTL_ADD, interfaces[i].fd, &event);
    }
    return good;
}

/* What the program still has may come out; the rest is given up. */
static void drain(void) {
    coven_packet packet;
    for (uint64_t now = now_ns(), end = now + DRAIN_NS; holding_count() && now < end; now = now_ns()) {
        if (look(false, until_ms(end, now), now) < 0) break;
        flush();
    }
    while (holding_expire(UINT64_MAX, &packet)) {
        moved.lost++;
        finish(&packet, COVEN_DROP);
    }
    flush();
}

bool move_packets(bool tap) {
    if (!watch()) return say("epoll: the packets can't be moved");
    while (coven_pass()) {
        uint64_t now = now_ns();
        unsigned taken = tap ? take_copies() : take(now);
        int ready = look(tap, 0, now);
        if (ready < 0) return false;
        expire(now);
        flush();
        if (!taken && !ready) rest();
    }
    drain();
    return true;
}
