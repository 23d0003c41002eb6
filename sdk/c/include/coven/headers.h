/** @file
 * Headers of a packet (spec/sdk.md): views by offset that copy nothing, NULL where a header is not there.
 *
 *     coven_headers headers = coven_headers_of(packet);
 *     coven_ipv4 *ip = coven_ipv4_of(&headers);
 *     coven_tcp *tcp = coven_tcp_of(&headers);
 *     if (ip && tcp && coven_tcp_destination_port(tcp) == 80) coven_ipv4_set_destination(ip, server);
 *
 * Writing a field changes the checksums that cover it. Numbers are in host order; of a number that is wider than its field the low bits count.
 * Views hold until the packet is grown, or its bytes are moved.
 */
#ifndef COVEN_HEADERS_H
#define COVEN_HEADERS_H
#include "nf.h"
#include <string.h>
#ifdef __cplusplus
extern "C" {
#endif

/** Where the headers of one packet are. Private; read it by the functions below. */
typedef struct coven_headers {
    uint8_t *frame, *ip, *transport, *payload;
    uint8_t *end;        /* of the payload: without Ethernet's padding */
    uint8_t *check;      /* the transport's checksum, or NULL */
    const uint8_t *meta; /* the metadata line, looked at by writes only */
    uint16_t type;
    uint8_t tags, version, header, protocol, kind; /* header: bytes of the IPv4 header; kind: the protocol whose view `transport` is, or 0 */
    bool fragment, whole; /* whole: no byte of the IP packet is cut off */
    bool routed;          /* IPv6: a routing header will put another destination in */
} coven_headers;

typedef struct coven_ethernet { uint8_t bytes[14]; } coven_ethernet;
typedef struct coven_vlan { uint8_t bytes[4]; } coven_vlan;
typedef struct coven_ipv4 { coven_headers all; } coven_ipv4;
typedef struct coven_ipv6 { coven_headers all; } coven_ipv6;
typedef struct coven_tcp { coven_headers all; } coven_tcp;
typedef struct coven_udp { coven_headers all; } coven_udp;
typedef struct coven_icmp { coven_headers all; } coven_icmp;

enum { COVEN_ICMP = 1, COVEN_TCP = 6, COVEN_UDP = 17, COVEN_ICMP6 = 58 };
enum { COVEN_TCP_FIN = 1, COVEN_TCP_SYN = 2, COVEN_TCP_RST = 4, COVEN_TCP_PSH = 8, COVEN_TCP_ACK = 16, COVEN_TCP_URG = 32 };

/** Look at a packet: one pass over its headers. At most 8 extension headers of IPv6 are followed. */
coven_headers coven_headers_of(const coven_packet *packet);

/** Compute the checksums anew, after bytes were written in place. False if that of the transport could not be: no TCP, UDP or ICMP, a fragment, cut short. */
bool coven_update_checksums(coven_headers *headers);
/** The Internet checksum of bytes (RFC 1071), in host order. */
uint16_t coven_checksum(const void *bytes, size_t length);

/** Text of an address into `text`, which is returned. */
#define COVEN_ADDRESS_TEXT 46
const char *coven_mac_text(const uint8_t address[6], char text[COVEN_ADDRESS_TEXT]);
const char *coven_ipv4_text(uint32_t address, char text[COVEN_ADDRESS_TEXT]);
const char *coven_ipv6_text(const uint8_t address[16], char text[COVEN_ADDRESS_TEXT]);

/* ---- views ---- */

static inline coven_ethernet *coven_ethernet_of(coven_headers *h) { return (coven_ethernet *)(void *)h->frame; }
/** The outermost tag, and the next one. */
static inline coven_vlan *coven_vlan_of(coven_headers *h) { return h->tags ? (coven_vlan *)(void *)(h->frame + 12) : NULL; }
static inline coven_vlan *coven_vlan_inner(coven_headers *h) { return h->tags > 1 ? (coven_vlan *)(void *)(h->frame + 16) : NULL; }
static inline coven_ipv4 *coven_ipv4_of(coven_headers *h) { return h->version == 4 ? (coven_ipv4 *)(void *)h : NULL; }
static inline coven_ipv6 *coven_ipv6_of(coven_headers *h) { return h->version == 6 ? (coven_ipv6 *)(void *)h : NULL; }
static inline coven_tcp *coven_tcp_of(coven_headers *h) { return h->kind == COVEN_TCP ? (coven_tcp *)(void *)h : NULL; }
static inline coven_udp *coven_udp_of(coven_headers *h) { return h->kind == COVEN_UDP ? (coven_udp *)(void *)h : NULL; }
static inline coven_icmp *coven_icmp_of(coven_headers *h) { return h->kind == COVEN_ICMP || h->kind == COVEN_ICMP6 ? (coven_icmp *)(void *)h : NULL; }
/** What stands behind TCP, UDP or ICMP, in place; NULL without one of them. */
static inline uint8_t *coven_payload_of(coven_headers *h, uint32_t *length) {
    *length = h->payload ? (uint32_t)(h->end - h->payload) : 0;
    return h->payload;
}
/** The EtherType: the first that is no VLAN tag's. */
static inline uint16_t coven_ether_type(const coven_headers *h) { return h->type; }

/* ---- numbers in place ---- */

static inline uint16_t coven_load16_(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }
static inline uint32_t coven_load32_(const uint8_t *at) { return (uint32_t)coven_load16_(at) << 16 | coven_load16_(at + 2); }
static inline void coven_store16_(uint8_t *at, uint32_t value) { at[0] = (uint8_t)(value >> 8), at[1] = (uint8_t)value; }
static inline void coven_store32_(uint8_t *at, uint32_t value) { coven_store16_(at, value >> 16), coven_store16_(at + 2, value); }

/* ---- checksums by the difference: HC' = ~(~HC + ~m + m'), RFC 1624 equation 3, on words as they lie (RFC 1071 section 2B) ---- */

/* Put whole words in place; the sum of ~m + m'. */
static inline uint32_t coven_change_(uint8_t *at, const uint8_t *to, unsigned bytes) {
    uint32_t change = 0;
    for (unsigned i = 0; i < bytes; i += 2) {
        uint16_t before, after;
        memcpy(&before, at + i, 2), memcpy(&after, to + i, 2);
        change += (uint16_t)~before + (uint32_t)after;
    }
    memcpy(at, to, bytes);
    return change;
}
static inline uint16_t coven_fold_(uint32_t sum) {
    sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)((sum & 0xFFFF) + (sum >> 16));
}
static inline uint16_t coven_check_(const uint8_t *at) {
    uint16_t check;
    memcpy(&check, at, 2);
    return check;
}
static inline void coven_adjust_(uint8_t *at, uint32_t change) {
    uint16_t check = (uint16_t)~coven_fold_((uint16_t)~coven_check_(at) + change);
    memcpy(at, &check, 2);
}
/** Is the transport's checksum left to the card (CSUM_PARTIAL)? */
bool coven_is_partial_(const coven_headers *h);
/* A word that the transport's checksum covers has changed; `pseudo`: one of the pseudo header. */
static inline void coven_covered_(const coven_headers *h, uint32_t change, bool pseudo) {
    uint16_t check;
    if (!h->check || (pseudo && h->kind == COVEN_ICMP)) return;
    if (__builtin_expect(coven_is_partial_(h), 0)) {
        if (!pseudo) return;
        check = coven_fold_(coven_check_(h->check) + change);
        memcpy(h->check, &check, 2);
        return;
    }
    if (h->kind == COVEN_UDP && !coven_check_(h->check)) return;
    coven_adjust_(h->check, change);
    if (h->kind == COVEN_UDP && !coven_check_(h->check)) memset(h->check, 0xFF, 2);
}
static inline void coven_write16_(const coven_headers *h, uint32_t at, uint32_t value) {
    uint8_t word[2];
    coven_store16_(word, value);
    coven_covered_(h, coven_change_(h->transport + at, word, 2), false);
}
static inline void coven_write32_(const coven_headers *h, uint32_t at, uint32_t value) {
    uint8_t words[4];
    coven_store32_(words, value);
    coven_covered_(h, coven_change_(h->transport + at, words, 4), false);
}

#include "fields.h"
#ifdef __cplusplus
}
#endif
#endif
