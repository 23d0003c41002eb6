/* Where the headers of a packet are, and their checksums. Knows nothing of Python. */
#ifndef COVEN_PYTHON_HEADERS_H
#define COVEN_PYTHON_HEADERS_H
#include <coven/nf.h>
#include <stdbool.h>
#include <stdint.h>

enum { ICMP = 1, TCP = 6, UDP = 17, ICMPV6 = 58 };

/* Offsets from the first byte; 0: there is no such header. Found anew at every use, so that nothing is ever stale. */
typedef struct headers {
    uint32_t network, transport, payload;
    uint32_t target;   /* of IPv6: the destination that checksums cover, which may stand in a routing header (RFC 8200 section 8.1) */
    uint32_t end;      /* of the datagram: Ethernet's padding is behind it */
    uint16_t type;     /* the first EtherType that is no VLAN tag */
    uint8_t tags;
    uint8_t version;   /* 4, 6, or 0 */
    uint8_t protocol;  /* of `transport`, or what IP says is there */
    bool fragment;     /* first or later */
    bool cut;          /* the datagram goes on behind the packet's last byte */
} headers;

headers headers_of(const coven_packet *packet);

/* Write `size` bytes (2 to 16) at `offset`, and keep right the checksums that cover them (RFC 1624). */
void write_plain(coven_packet *packet, const headers *at, uint32_t offset, const uint8_t *bytes, uint32_t size);
void write_network(coven_packet *packet, const headers *at, uint32_t offset, const uint8_t *bytes, uint32_t size);
void write_address(coven_packet *packet, const headers *at, uint32_t offset, const uint8_t *bytes, uint32_t size);
void write_transport(coven_packet *packet, const headers *at, uint32_t offset, const uint8_t *bytes, uint32_t size);
/* The checksums of the IPv4 header and of TCP, UDP or ICMP, computed anew. False: there is no transport that is whole. */
bool update_checksums(coven_packet *packet);

static inline uint16_t load16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static inline void store16(uint8_t *p, uint16_t value) { p[0] = (uint8_t)(value >> 8), p[1] = (uint8_t)value; }
#endif
