/** @file
 * The fields of the headers; part of headers.h, which says how they are used.
 */
#ifndef COVEN_FIELDS_H
#define COVEN_FIELDS_H

/* ---- Ethernet and VLAN: no checksum covers them ---- */

static inline uint8_t *coven_ethernet_destination(coven_ethernet *e) { return e->bytes; } /**< 6 bytes, read and written in place */
static inline uint8_t *coven_ethernet_source(coven_ethernet *e) { return e->bytes + 6; }

static inline uint16_t coven_vlan_id(const coven_vlan *v) { return coven_load16_(v->bytes + 2) & 0x0FFF; }
static inline uint8_t coven_vlan_priority(const coven_vlan *v) { return v->bytes[2] >> 5; }
static inline void coven_vlan_set_id(coven_vlan *v, uint16_t id) { coven_store16_(v->bytes + 2, (coven_load16_(v->bytes + 2) & 0xF000u) | (id & 0x0FFFu)); }
static inline void coven_vlan_set_priority(coven_vlan *v, uint8_t priority) { v->bytes[2] = (uint8_t)((v->bytes[2] & 0x1Fu) | (unsigned)priority << 5); }

/* ---- IPv4 ---- */

static inline uint32_t coven_ipv4_source(const coven_ipv4 *v) { return coven_load32_(v->all.ip + 12); }
static inline uint32_t coven_ipv4_destination(const coven_ipv4 *v) { return coven_load32_(v->all.ip + 16); }
static inline uint8_t coven_ipv4_protocol(const coven_ipv4 *v) { return v->all.ip[9]; }
static inline uint8_t coven_ipv4_ttl(const coven_ipv4 *v) { return v->all.ip[8]; }
static inline uint8_t coven_ipv4_dscp(const coven_ipv4 *v) { return v->all.ip[1] >> 2; }
static inline uint8_t coven_ipv4_ecn(const coven_ipv4 *v) { return v->all.ip[1] & 3; }
static inline uint16_t coven_ipv4_identification(const coven_ipv4 *v) { return coven_load16_(v->all.ip + 4); }
static inline uint16_t coven_ipv4_total_length(const coven_ipv4 *v) { return coven_load16_(v->all.ip + 2); }
static inline uint8_t coven_ipv4_header_length(const coven_ipv4 *v) { return v->all.header; }
static inline bool coven_ipv4_dont_fragment(const coven_ipv4 *v) { return v->all.ip[6] >> 6 & 1; }
static inline bool coven_ipv4_more_fragments(const coven_ipv4 *v) { return v->all.ip[6] >> 5 & 1; }
static inline uint16_t coven_ipv4_fragment_offset(const coven_ipv4 *v) { return coven_load16_(v->all.ip + 6) & 0x1FFF; } /**< in units of 8 bytes */

/* A word of the IPv4 header, and its checksum. */
static inline void coven_ipv4_word_(coven_ipv4 *v, uint32_t at, uint8_t high, uint8_t low) {
    const uint8_t word[2] = {high, low};
    coven_adjust_(v->all.ip + 10, coven_change_(v->all.ip + at, word, 2));
}
static inline void coven_ipv4_address_(coven_ipv4 *v, uint32_t at, uint32_t address) {
    uint8_t words[4];
    coven_store32_(words, address);
    uint32_t change = coven_change_(v->all.ip + at, words, 4);
    coven_adjust_(v->all.ip + 10, change);
    coven_covered_(&v->all, change, true);
}
static inline void coven_ipv4_set_source(coven_ipv4 *v, uint32_t address) { coven_ipv4_address_(v, 12, address); }
static inline void coven_ipv4_set_destination(coven_ipv4 *v, uint32_t address) { coven_ipv4_address_(v, 16, address); }
static inline void coven_ipv4_set_ttl(coven_ipv4 *v, uint8_t ttl) { coven_ipv4_word_(v, 8, ttl, v->all.ip[9]); }
static inline void coven_ipv4_set_dscp(coven_ipv4 *v, uint8_t dscp) { coven_ipv4_word_(v, 0, v->all.ip[0], (uint8_t)(dscp << 2 | (v->all.ip[1] & 3))); }
static inline void coven_ipv4_set_ecn(coven_ipv4 *v, uint8_t ecn) { coven_ipv4_word_(v, 0, v->all.ip[0], (uint8_t)((v->all.ip[1] & 0xFC) | (ecn & 3))); }
static inline void coven_ipv4_set_identification(coven_ipv4 *v, uint16_t id) { coven_ipv4_word_(v, 4, (uint8_t)(id >> 8), (uint8_t)id); }

/* ---- IPv6 ---- */

static inline const uint8_t *coven_ipv6_source(const coven_ipv6 *v) { return v->all.ip + 8; } /**< 16 bytes, to read */
static inline const uint8_t *coven_ipv6_destination(const coven_ipv6 *v) { return v->all.ip + 24; }
static inline uint8_t coven_ipv6_next_header(const coven_ipv6 *v) { return v->all.protocol; } /**< behind the extension headers */
static inline uint8_t coven_ipv6_hop_limit(const coven_ipv6 *v) { return v->all.ip[7]; }
static inline uint8_t coven_ipv6_dscp(const coven_ipv6 *v) { return (uint8_t)(coven_load16_(v->all.ip) >> 6 & 63); }
static inline uint8_t coven_ipv6_ecn(const coven_ipv6 *v) { return v->all.ip[1] >> 4 & 3; }
static inline uint32_t coven_ipv6_flow_label(const coven_ipv6 *v) { return coven_load32_(v->all.ip) & 0xFFFFF; }
static inline uint16_t coven_ipv6_payload_length(const coven_ipv6 *v) { return coven_load16_(v->all.ip + 4); }

static inline void coven_ipv6_set_source(coven_ipv6 *v, const uint8_t address[16]) { coven_covered_(&v->all, coven_change_(v->all.ip + 8, address, 16), true); }
static inline void coven_ipv6_set_destination(coven_ipv6 *v, const uint8_t address[16]) {
    uint32_t change = coven_change_(v->all.ip + 24, address, 16);
    if (!v->all.routed) coven_covered_(&v->all, change, true);
}
static inline void coven_ipv6_set_hop_limit(coven_ipv6 *v, uint8_t limit) { v->all.ip[7] = limit; }
static inline void coven_ipv6_set_dscp(coven_ipv6 *v, uint8_t dscp) { coven_store16_(v->all.ip, (coven_load16_(v->all.ip) & 0xF03Fu) | (dscp & 63u) << 6); }
static inline void coven_ipv6_set_ecn(coven_ipv6 *v, uint8_t ecn) { v->all.ip[1] = (uint8_t)((v->all.ip[1] & 0xCFu) | (ecn & 3u) << 4); }
static inline void coven_ipv6_set_flow_label(coven_ipv6 *v, uint32_t label) { coven_store32_(v->all.ip, (coven_load32_(v->all.ip) & 0xFFF00000u) | (label & 0xFFFFFu)); }

/* ---- TCP ---- */

static inline uint16_t coven_tcp_source_port(const coven_tcp *v) { return coven_load16_(v->all.transport); }
static inline uint16_t coven_tcp_destination_port(const coven_tcp *v) { return coven_load16_(v->all.transport + 2); }
static inline uint32_t coven_tcp_sequence(const coven_tcp *v) { return coven_load32_(v->all.transport + 4); }
static inline uint32_t coven_tcp_acknowledgment(const coven_tcp *v) { return coven_load32_(v->all.transport + 8); }
static inline uint8_t coven_tcp_header_length(const coven_tcp *v) { return (uint8_t)(v->all.payload - v->all.transport); }
static inline uint8_t coven_tcp_flags(const coven_tcp *v) { return v->all.transport[13]; } /**< COVEN_TCP_SYN and the others */
static inline uint16_t coven_tcp_window(const coven_tcp *v) { return coven_load16_(v->all.transport + 14); }

static inline void coven_tcp_set_source_port(coven_tcp *v, uint16_t port) { coven_write16_(&v->all, 0, port); }
static inline void coven_tcp_set_destination_port(coven_tcp *v, uint16_t port) { coven_write16_(&v->all, 2, port); }
static inline void coven_tcp_set_sequence(coven_tcp *v, uint32_t number) { coven_write32_(&v->all, 4, number); }
static inline void coven_tcp_set_acknowledgment(coven_tcp *v, uint32_t number) { coven_write32_(&v->all, 8, number); }
static inline void coven_tcp_set_flags(coven_tcp *v, uint8_t flags) { coven_write16_(&v->all, 12, (uint32_t)v->all.transport[12] << 8 | flags); }
static inline void coven_tcp_set_window(coven_tcp *v, uint16_t window) { coven_write16_(&v->all, 14, window); }

/* ---- UDP, ICMP and ICMPv6 ---- */

static inline uint16_t coven_udp_source_port(const coven_udp *v) { return coven_load16_(v->all.transport); }
static inline uint16_t coven_udp_destination_port(const coven_udp *v) { return coven_load16_(v->all.transport + 2); }
static inline uint16_t coven_udp_length(const coven_udp *v) { return coven_load16_(v->all.transport + 4); }
static inline void coven_udp_set_source_port(coven_udp *v, uint16_t port) { coven_write16_(&v->all, 0, port); }
static inline void coven_udp_set_destination_port(coven_udp *v, uint16_t port) { coven_write16_(&v->all, 2, port); }

static inline uint8_t coven_icmp_type(const coven_icmp *v) { return v->all.transport[0]; }
static inline uint8_t coven_icmp_code(const coven_icmp *v) { return v->all.transport[1]; }
static inline void coven_icmp_set_type(coven_icmp *v, uint8_t type) { coven_write16_(&v->all, 0, (uint32_t)type << 8 | v->all.transport[1]); }
static inline void coven_icmp_set_code(coven_icmp *v, uint8_t code) { coven_write16_(&v->all, 0, (uint32_t)v->all.transport[0] << 8 | code); }
#endif
