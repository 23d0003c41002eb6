/* By what packets are known again, and what becomes of the frames that are held. What needs a channel is tested through the platform (examples/netdev). */
#include "unit.h"
#include <stdio.h>
#include <string.h>

static unsigned passed, failed;

void check(bool good, const char *what) {
    if (good) passed++;
    else failed++, printf("not: %s\n", what);
}

#define UDP_LENGTH (14u + 20 + 8 + 20)

static void udp(uint8_t *packet, uint8_t number) {
    static const uint8_t headers[] = {2, 0, 0, 0, 2, 1, 2, 0, 0, 0, 1, 1, 8, 0, 0x45, 0, 0, 48, 0, 7, 0x40, 0, 64, 17, 0xAA, 0xBB, 198, 51, 100, 9, 203, 0, 113, 9,
                                      0x4E, 0x20, 0x23, 0x28, 0, 28, 0xCC, 0xDD};
    memset(packet, number, UDP_LENGTH);
    memcpy(packet, headers, sizeof headers);
}

static bool same(packet_key a, packet_key b) { return a.exact == b.exact; }
static bool akin(packet_key a, packet_key b) { return a.loose == b.loose; }

static void keys(void) {
    uint8_t packet[1600], padded[80] = {0};
    udp(packet, 1);
    packet_key first = key_of(packet, UDP_LENGTH);
    packet[14 + 8] = 63, packet[14 + 10] = 0, packet[0] = 6, packet[40] = 9;
    check(same(first, key_of(packet, UDP_LENGTH)), "a router changes Ethernet addresses, TTL and checksums: still the same packet");
    packet[14 + 15] = 77, packet[34] = 1;
    check(!same(first, key_of(packet, UDP_LENGTH)) && akin(first, key_of(packet, UDP_LENGTH)), "a NAT changes addresses and ports: akin");
    packet[UDP_LENGTH - 1]++;
    check(!akin(first, key_of(packet, UDP_LENGTH)), "another payload is another packet");
    udp(packet, 1);
    memcpy(padded, packet, UDP_LENGTH);
    check(same(first, key_of(padded, sizeof padded)), "padding behind the IP packet does not count");
    packet[14 + 5] = 8;
    check(!akin(first, key_of(packet, UDP_LENGTH)), "another identification is another packet");
    for (unsigned length = 0; length < 64; length++) key_of(packet, length);
    memset(packet, 0xFF, sizeof packet);
    packet[12] = 0x86, packet[13] = 0xDD;
    for (unsigned length = 14; length < sizeof packet; length++) key_of(packet, length);
    packet[12] = 8, packet[13] = 0;
    for (unsigned length = 14; length < sizeof packet; length++) key_of(packet, length);
    check(true, "no header is read past the packet's end");
}

/* Two that are akin have the same payload; the same ones also the same port. */
static void fill(uint8_t *packet, unsigned port, unsigned payload) {
    udp(packet, 0);
    packet[35] = (uint8_t)port;
    memcpy(packet + 42, &payload, sizeof payload);
}

static void hold(unsigned port, unsigned payload, unsigned lane, uint64_t number, uint64_t now) {
    static uint8_t frames[HELD_MAX + 1][UDP_LENGTH];
    coven_packet packet = {.lane = (uint16_t)lane, .descriptor = number, .data = frames[number % (HELD_MAX + 1)], .length = UDP_LENGTH};
    fill(packet.data, port, payload);
    holding_add(&packet, now);
}

static uint64_t find(unsigned port, unsigned payload, unsigned lane, uint64_t now) {
    coven_packet packet;
    uint8_t sought[UDP_LENGTH];
    fill(sought, port, payload);
    return holding_find(key_of(sought, UDP_LENGTH), lane, now, &packet) ? packet.descriptor : 0;
}

static uint64_t expect(unsigned port, unsigned payload, unsigned lane) {
    coven_packet packet;
    uint8_t sought[UDP_LENGTH];
    fill(sought, port, payload);
    return holding_expect(sought, UDP_LENGTH, lane, 50, &packet) ? packet.descriptor : 0;
}

static void in_order(void) {
    holding_open();
    for (unsigned i = 1; i <= 6; i++) hold(i, i, i == 3, i, i);
    check(expect(1, 1, 0) == 1 && expect(2, 2, 0) == 2, "what comes out as it went in, in this order, is expected");
    check(expect(5, 5, 0) == 0 && expect(3, 3, 0) == 0, "what comes out of turn, or on another lane, is not");
    check(find(5, 5, 0, 50) == 5 && expect(6, 6, 0) == 6, "once it was found by its key, the one behind it is");
    check(expect(4, 4, 0) == 0 && find(4, 4, 0, 50) == 4 && expect(3, 3, 1) == 3 && holding_count() == 0, "those before it are found by their keys");
    hold(7, 7, 0, 7, 60), hold(7, 7, 0, 8, 60);
    check(expect(7, 7, 0) == 7 && expect(7, 7, 0) == 8 && expect(7, 7, 0) == 0, "two that are the same: first in, first out");
    coven_packet packet;
    hold(1, 1, 0, 1, 70), hold(2, 2, 0, 2, 71);
    check(holding_expire(70, &packet) && packet.descriptor == 1 && expect(2, 2, 0) == 2, "one that was given up is expected no more");
}

static void order(void) {
    holding_open();
    hold(5, 50, 0, 1, 10), hold(5, 50, 0, 2, 20), hold(6, 50, 0, 3, 30), hold(5, 50, 1, 4, 40);
    check(find(6, 50, 0, 50) == 3, "the same goes before one akin, even if that is older");
    check(find(7, 50, 0, 50) == 1, "of those akin the oldest");
    check(find(5, 50, 1, 50) == 4, "each lane by itself");
    check(find(5, 50, 0, 50) == 2 && holding_count() == 0, "in the order in which they went in");
    check(find(5, 50, 0, 50) == 0, "each once");
}

static void age(void) {
    coven_packet packet;
    uint8_t late[UDP_LENGTH];
    holding_open();
    hold(1, 1, 1, 1, 100), hold(2, 2, 0, 2, 200);
    fill(late, 2, 2);
    check(!holding_expire(99, &packet) && holding_oldest_ns() == 100, "nothing is given up before its time");
    check(holding_expire(150, &packet) && packet.descriptor == 1 && !holding_expire(150, &packet), "the oldest of both lanes is given up first, alone");
    check(holding_expire(200, &packet) && holding_was_late(key_of(late, UDP_LENGTH)), "one that comes out after that is late");
    check(!holding_was_late(key_of(late, UDP_LENGTH)), "once");
}

static void patience(void) {
    holding_open();
    uint64_t begin = holding_patience_ns(1000 * NS_PER_MS);
    hold(1, 1, 0, 1, 0);
    find(1, 1, 0, 10 * NS_PER_MS);
    check(holding_patience_ns(1000 * NS_PER_MS) > begin, "a slow program gets more time");
    check(holding_patience_ns(15 * NS_PER_MS) == 15 * NS_PER_MS, "but never more than the setting");
    for (unsigned i = 0; i < 2000; i++) hold(1, 1, 0, 1, 0), find(1, 1, 0, 1);
    check(holding_patience_ns(1000 * NS_PER_MS) < begin, "a fast one less");
}

static void full(void) {
    coven_packet packet;
    holding_open();
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < HELD_MAX; i++) hold(i % 3, i % 3, i & 1, i + 1, i);
        unsigned found = 0;
        for (unsigned i = 0; i < HELD_MAX; i += 2) found += find(i % 3, i % 3, 0, HELD_MAX) == i + 1;
        for (unsigned i = 1; i < HELD_MAX; i += 2) found += holding_expire(HELD_MAX, &packet) && packet.descriptor == i + 1;
        check(found == HELD_MAX && holding_count() == 0, "as many as there is room for, in any order, again and again");
    }
}

int main(void) {
    keys();
    order();
    in_order();
    age();
    patience();
    full();
    contexts();
    printf("adapters: %u passed, %u failed\n", passed, failed);
    return failed != 0;
}
