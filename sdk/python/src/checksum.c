/* Checksums, changed by the difference (RFC 1624, equation 3) or computed anew (RFC 1071). */
#include "headers.h"
#include <coven/layout.h>
#include <string.h>

static bool is_partial(const coven_packet *packet) {
    uint16_t flags;
    memcpy(&flags, packet->context - COVEN_META_OFF_CONTEXT + COVEN_META_OFF_FLAGS, sizeof flags);
    return flags & COVEN_META_FLAG_CSUM_PARTIAL;
}

static uint16_t fold(uint64_t sum) {
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)sum;
}

/* Bytes from an even offset, padded with a zero. */
static uint64_t sum_of(const uint8_t *p, uint32_t size) {
    uint64_t sum = 0;
    for (; size > 1; p += 2, size -= 2) sum += load16(p);
    return size ? sum + (uint64_t)(p[0] << 8) : sum;
}

/* The place of the transport's checksum; NULL if it has none that is kept. */
static uint8_t *transport_checksum(const coven_packet *packet, const headers *at) {
    if (!at->transport) return NULL;
    uint8_t *p = packet->data + at->transport;
    if (at->protocol == TCP) return p + 16;
    if (at->protocol != UDP) return p + 2;
    return at->version == 4 && !load16(p + 6) ? NULL : p + 6;
}

static void put_transport_checksum(uint8_t *place, const headers *at, uint16_t value) {
    store16(place, at->protocol == UDP && !value ? 0xFFFF : value);
}

/* The 16-bit words that `size` bytes at `offset` touch; `base` is where the words begin. */
static uint64_t words(const coven_packet *packet, uint32_t base, uint32_t offset, uint32_t size) {
    uint32_t from = offset - ((offset - base) & 1), to = offset + size;
    return sum_of(packet->data + from, to - from + ((to - base) & 1));
}

void write_plain(coven_packet *packet, const headers *at, uint32_t offset, const uint8_t *bytes, uint32_t size) {
    (void)at;
    memcpy(packet->data + offset, bytes, size);
}

/* Writes, and returns the sum to add to what is covered: ~m + m'. */
static uint64_t exchange(coven_packet *packet, uint32_t base, uint32_t offset, const uint8_t *bytes, uint32_t size) {
    uint16_t before = fold(words(packet, base, offset, size));
    memcpy(packet->data + offset, bytes, size);
    return (uint64_t)(uint16_t)~before + fold(words(packet, base, offset, size));
}

static void add_to_network(coven_packet *packet, const headers *at, uint64_t difference) {
    if (at->version != 4) return;
    uint8_t *place = packet->data + at->network + 10;
    store16(place, (uint16_t)~fold((uint16_t)~load16(place) + difference));
}

void write_network(coven_packet *packet, const headers *at, uint32_t offset, const uint8_t *bytes, uint32_t size) {
    add_to_network(packet, at, exchange(packet, at->network, offset, bytes, size));
}

/* A partial checksum is the sum of the pseudo header, not complemented: addresses are in it, the transport's own bytes are not. */
static void add_to_transport(coven_packet *packet, const headers *at, uint64_t difference, bool pseudo) {
    uint8_t *place = transport_checksum(packet, at);
    if (!place) return;
    if (!is_partial(packet)) put_transport_checksum(place, at, (uint16_t)~fold((uint16_t)~load16(place) + difference));
    else if (pseudo) store16(place, fold(load16(place) + difference));
}

void write_address(coven_packet *packet, const headers *at, uint32_t offset, const uint8_t *bytes, uint32_t size) {
    uint64_t difference = exchange(packet, at->network, offset, bytes, size);
    add_to_network(packet, at, difference);
    bool replaced = at->version == 6 && offset == at->network + 24 && at->target != offset;
    if (at->protocol != ICMP && !replaced) add_to_transport(packet, at, difference, true);
}

void write_transport(coven_packet *packet, const headers *at, uint32_t offset, const uint8_t *bytes, uint32_t size) {
    add_to_transport(packet, at, exchange(packet, at->transport, offset, bytes, size), false);
}

static uint64_t pseudo_header(const coven_packet *packet, const headers *at) {
    const uint8_t *ip = packet->data + at->network;
    uint64_t addresses = at->version == 4 ? sum_of(ip + 12, 8) : sum_of(ip + 8, 16) + sum_of(packet->data + at->target, 16);
    return at->protocol == ICMP ? 0 : addresses + at->protocol + (at->end - at->transport);
}

bool update_checksums(coven_packet *packet) {
    headers at = headers_of(packet);
    if (at.version == 4) {
        uint8_t *ip = packet->data + at.network;
        store16(ip + 10, 0);
        store16(ip + 10, (uint16_t)~fold(sum_of(ip, (ip[0] & 15) * 4u)));
    }
    if (!at.transport || at.fragment || at.cut) return false;
    uint8_t *place = transport_checksum(packet, &at);
    if (!place) return true;
    if (is_partial(packet)) {
        store16(place, fold(pseudo_header(packet, &at)));
        return true;
    }
    store16(place, 0);
    put_transport_checksum(place, &at, (uint16_t)~fold(pseudo_header(packet, &at) + sum_of(packet->data + at.transport, at.end - at.transport)));
    return true;
}
