#include "quoted.h"

enum { IP_MIN = 20, TRANSPORT_MIN = 8, ECHO = 8, ECHO_REPLY = 0 };

/* The packet within: where it names the end that is translated. */
typedef struct quote {
    uint8_t *ip, *address, *port, *check; /* check: of its transport, or NULL if it is cut off or none */
    enum kind kind;
} quote;

static bool find_kind(quote *q, const uint8_t *transport, const uint8_t *end, bool source) {
    ptrdiff_t size = end - transport;
    q->check = NULL;
    q->port = (uint8_t *)transport + (source ? 0 : 2);
    switch (q->ip[9]) {
    case COVEN_TCP: q->kind = KIND_TCP; q->check = size >= 18 ? (uint8_t *)transport + 16 : NULL; return true;
    case COVEN_UDP: q->kind = KIND_UDP; q->check = load16(transport + 6) ? (uint8_t *)transport + 6 : NULL; return true;
    case COVEN_ICMP:
        q->kind = KIND_ICMP, q->port = (uint8_t *)transport + 4, q->check = (uint8_t *)transport + 2;
        return transport[0] == ECHO || transport[0] == ECHO_REPLY;
    default: return false;
    }
}

/* `source`: the quoted packet's source is what was translated, else its destination. */
static bool find(coven_headers *headers, bool source, quote *q) {
    uint32_t length;
    uint8_t *ip = coven_payload_of(headers, &length);
    if (!ip || length < IP_MIN + TRANSPORT_MIN || ip[0] >> 4 != 4 || (load16(ip + 6) & 0x1FFF)) return false;
    uint32_t header = (ip[0] & 15u) * 4;
    if (header < IP_MIN || header + TRANSPORT_MIN > length) return false;
    q->ip = ip, q->address = ip + (source ? 12 : 16);
    return find_kind(q, ip + header, ip + length, source);
}

/* RFC 1624 on a checksum that covers a word. */
static void changed(uint8_t *check, uint16_t before, uint16_t after) {
    uint32_t sum = (uint16_t)~load16(check) + (uint32_t)(uint16_t)~before + after;
    sum = (sum & 0xFFFF) + (sum >> 16), sum = (sum & 0xFFFF) + (sum >> 16);
    store16(check, (uint16_t)~sum);
}

static void put_word(const quote *q, uint8_t *at, uint16_t value, bool in_header) {
    uint16_t before = load16(at);
    store16(at, value);
    if (in_header) changed(q->ip + 10, before, value);
    if (q->check && !(in_header && q->kind == KIND_ICMP)) changed(q->check, before, value);
}

static void rewrite(const quote *q, uint32_t address, uint16_t port) {
    put_word(q, q->address, (uint16_t)(address >> 16), true);
    put_word(q, q->address + 2, (uint16_t)address, true);
    put_word(q, q->port, port, false);
}

bool quoted_in(coven_headers *headers, uint32_t public_address, uint64_t now) {
    quote q;
    if (!find(headers, true, &q) || load32(q.address) != public_address) return false;
    mapping *m = mapping_in(q.kind, load16(q.port), now);
    if (!m) return false;
    rewrite(&q, m->inside.address, m->inside.port);
    coven_ipv4_set_destination(coven_ipv4_of(headers), m->inside.address);
    return coven_update_checksums(headers);
}

bool quoted_out(coven_headers *headers, uint32_t public_address, uint64_t now) {
    quote q;
    uint16_t port;
    if (!find(headers, false, &q)) return false;
    if (!mapping_of(q.kind, (end){load32(q.address), load16(q.port)}, now, &port)) return false;
    rewrite(&q, public_address, port);
    coven_ipv4_set_source(coven_ipv4_of(headers), public_address);
    return coven_update_checksums(headers);
}
