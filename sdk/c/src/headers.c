/* Where the headers of a packet are. Lengths are read once, and checked, before anything is looked at by them. */
#include <arpa/inet.h>
#include <coven/headers.h>
#include <coven/layout.h>
#include <stdio.h>

enum { IPV4 = 0x0800, IPV6 = 0x86DD, VLAN = 0x8100, QINQ = 0x88A8, EXTENSIONS_MAX = 8 };
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, DESTINATION_OPTIONS = 60, MOBILITY = 135, HIP = 139, SHIM6 = 140 };

static size_t left(const uint8_t *at, const uint8_t *end) { return (size_t)(end - at); }

/* Behind TCP, UDP or ICMP, if its header is there. */
static void find_transport(coven_headers *h, uint8_t *at) {
    size_t room = left(at, h->end), length = 8;
    uint8_t kind = h->protocol;
    if (kind == COVEN_TCP) {
        length = room >= 20 ? (at[12] >> 4) * 4u : 20;
        if (length < 20) return;
    } else if (kind != COVEN_UDP && kind != (h->version == 4 ? COVEN_ICMP : COVEN_ICMP6)) {
        return;
    }
    if (room < length) return;
    h->kind = kind;
    h->transport = at;
    h->payload = at + length;
    h->check = at + (kind == COVEN_TCP ? 16 : kind == COVEN_UDP ? 6 : 2);
    size_t inside = kind == COVEN_UDP ? coven_load16_(at + 4) : 0;
    if (inside >= 8 && inside < room) h->end = at + inside;
}

static void find_ipv4(coven_headers *h, uint8_t *at) {
    size_t room = left(at, h->end);
    if (room < 20 || at[0] >> 4 != 4) return;
    size_t header = (at[0] & 15) * 4u, total = coven_load16_(at + 2);
    if (header < 20 || header > room) return;
    h->version = 4;
    h->ip = at;
    h->header = (uint8_t)header;
    h->protocol = at[9];
    h->whole = total <= room;
    h->fragment = coven_load16_(at + 6) & 0x3FFF;
    if (total < header) return;
    if (h->whole) h->end = at + total;
    if (!(coven_load16_(at + 6) & 0x1FFF)) find_transport(h, at + header);
}

static bool is_extension(uint8_t kind) {
    return kind == HOP_BY_HOP || kind == ROUTING || kind == FRAGMENT || kind == AUTHENTICATION || kind == DESTINATION_OPTIONS || kind == MOBILITY ||
           kind == HIP || kind == SHIM6;
}

/* Over one extension header; NULL if nothing behind it can be read: it is cut short, or this is a later fragment. */
static uint8_t *over(coven_headers *h, uint8_t *at) {
    uint8_t kind = h->protocol;
    if (left(at, h->end) < 8) return NULL;
    size_t length = kind == FRAGMENT ? 8 : kind == AUTHENTICATION ? (at[1] + 2u) * 4 : (at[1] + 1u) * 8;
    if (length > left(at, h->end)) return NULL;
    if (kind == ROUTING && at[3]) h->routed = true;
    h->protocol = at[0];
    if (kind != FRAGMENT) return at + length;
    unsigned fragment = coven_load16_(at + 2);
    h->fragment |= (fragment & 0xFFF9) != 0;
    return fragment & 0xFFF8 ? NULL : at + length;
}

static void find_ipv6(coven_headers *h, uint8_t *at) {
    size_t room = left(at, h->end);
    if (room < 40 || at[0] >> 4 != 6) return;
    size_t total = 40u + coven_load16_(at + 4);
    h->version = 6;
    h->ip = at;
    h->protocol = at[6];
    h->whole = total <= room;
    if (h->whole) h->end = at + total;
    at += 40;
    for (unsigned i = 0; at && is_extension(h->protocol); i++) at = i < EXTENSIONS_MAX ? over(h, at) : NULL;
    if (at) find_transport(h, at);
}

coven_headers coven_headers_of(const coven_packet *packet) {
    coven_headers h = {.frame = packet->data, .end = packet->data + packet->length, .meta = packet->context - (packet->context ? COVEN_META_OFF_CONTEXT : 0)};
    if (packet->length < 14) {
        h.frame = NULL;
        return h;
    }
    uint8_t *at = packet->data + 14;
    h.type = coven_load16_(at - 2);
    while ((h.type == VLAN || h.type == QINQ) && h.tags < 2 && left(at, h.end) >= 4) {
        h.type = coven_load16_(at + 2);
        h.tags++;
        at += 4;
    }
    if (h.type == IPV4) find_ipv4(&h, at);
    else if (h.type == IPV6) find_ipv6(&h, at);
    return h;
}

const char *coven_mac_text(const uint8_t address[6], char text[COVEN_ADDRESS_TEXT]) {
    const uint8_t *a = address;
    snprintf(text, COVEN_ADDRESS_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4], a[5]);
    return text;
}

const char *coven_ipv4_text(uint32_t address, char text[COVEN_ADDRESS_TEXT]) {
    uint32_t bytes = htonl(address);
    return inet_ntop(AF_INET, &bytes, text, COVEN_ADDRESS_TEXT);
}

const char *coven_ipv6_text(const uint8_t address[16], char text[COVEN_ADDRESS_TEXT]) { return inet_ntop(AF_INET6, address, text, COVEN_ADDRESS_TEXT); }
