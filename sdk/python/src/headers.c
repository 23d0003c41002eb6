/* Ethernet, up to two VLAN tags, IPv4 or IPv6 with extension headers, TCP, UDP, ICMP: by offset, each bound checked. */
#include "headers.h"

enum { ETHERNET = 14, TAG = 4, TAGS_MAX = 2, IPV4 = 20, IPV6 = 40, EXTENSIONS_MAX = 8 };
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, DESTINATION = 60 };

static bool is_tag(uint16_t type) { return type == 0x8100 || type == 0x88A8; }

/* Length of the transport header at `p`, of which `room` bytes are there; 0 if it is cut short or is none of ours. */
static uint32_t transport_length(uint8_t version, uint8_t protocol, const uint8_t *p, uint32_t room) {
    if (protocol == TCP) {
        uint32_t length = room >= 20 ? (p[12] >> 4) * 4u : 0;
        return length >= 20 && length <= room ? length : 0;
    }
    if (protocol != UDP && protocol != (version == 4 ? ICMP : ICMPV6)) return 0;
    return room >= 8 ? 8 : 0;
}

static void end_at(headers *h, uint32_t end) {
    h->cut |= end > h->end;
    if (end < h->end) h->end = end;
}

static void find_transport(headers *h, const uint8_t *data, uint32_t at) {
    if (at > h->end) return;
    uint32_t length = transport_length(h->version, h->protocol, data + at, h->end - at);
    if (!length) return;
    h->transport = at;
    h->payload = at + length;
    if (h->protocol == UDP && load16(data + at + 4) >= 8) end_at(h, at + load16(data + at + 4));
}

static void find_ipv4(headers *h, const uint8_t *data, uint32_t at, uint32_t size) {
    if (size - at < IPV4 || data[at] >> 4 != 4) return;
    uint32_t header = (data[at] & 15) * 4u, total = load16(data + at + 2);
    if (header < IPV4 || header > size - at) return;
    h->version = 4;
    h->network = at;
    h->protocol = data[at + 9];
    if (total) end_at(h, at + total); /* 0: segmentation offload */
    h->fragment = load16(data + at + 6) & 0x3FFF;
    if (!(load16(data + at + 6) & 0x1FFF)) find_transport(h, data, at + header);
}

/* While there are segments left, the last stop counts: of segment routing (RFC 8754) the first address, else the last one. */
static void find_target(headers *h, const uint8_t *p, uint32_t at) {
    uint32_t addresses = p[1] / 2u, last = p[2] == 4 ? 0 : addresses - 1;
    if (p[3] && addresses && at + 8 + 16 * addresses <= h->end) h->target = at + 8 + 16 * last;
}

/* Past the extension headers; false if a later fragment or a cut shows that no transport header is there. */
static bool past_extensions(headers *h, const uint8_t *data, uint32_t *at) {
    for (unsigned i = 0; i < EXTENSIONS_MAX; i++) {
        const uint8_t *p = data + *at;
        uint8_t kind = h->protocol;
        if (kind != HOP_BY_HOP && kind != ROUTING && kind != FRAGMENT && kind != AUTHENTICATION && kind != DESTINATION) return true;
        if (*at + 8 > h->end) return false;
        h->protocol = p[0];
        if (kind == ROUTING) find_target(h, p, *at);
        *at += kind == FRAGMENT ? 8 : kind == AUTHENTICATION ? (p[1] + 2) * 4u : (p[1] + 1) * 8u;
        if (kind != FRAGMENT) continue;
        h->fragment = load16(p + 2) & 0xFFF9;
        if (load16(p + 2) & 0xFFF8) return false;
    }
    return false;
}

static void find_ipv6(headers *h, const uint8_t *data, uint32_t at, uint32_t size) {
    if (size - at < IPV6 || data[at] >> 4 != 6) return;
    uint32_t length = load16(data + at + 4);
    h->version = 6;
    h->target = at + 24;
    h->network = at;
    h->protocol = data[at + 6];
    if (length) end_at(h, at + IPV6 + length);
    at += IPV6;
    if (past_extensions(h, data, &at)) find_transport(h, data, at);
}

headers headers_of(const coven_packet *packet) {
    const uint8_t *data = packet->data;
    uint32_t size = packet->length, at = ETHERNET;
    headers h = {.end = size};
    if (size < ETHERNET) return h;
    h.type = load16(data + 12);
    while (h.tags < TAGS_MAX && is_tag(h.type) && size >= at + TAG) {
        h.type = load16(data + at + 2);
        h.tags++;
        at += TAG;
    }
    if (h.type == 0x0800) find_ipv4(&h, data, at, size);
    else if (h.type == 0x86DD) find_ipv6(&h, data, at, size);
    return h;
}
