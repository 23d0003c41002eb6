/* ICMP errors: the packet that they quote has been translated, so it is translated back (RFC 5508 REQ-4). */
#ifndef QUOTED_H
#define QUOTED_H
#include "mappings.h"
#include <coven/headers.h>

static inline uint16_t load16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }
static inline uint32_t load32(const uint8_t *at) { return (uint32_t)load16(at) << 16 | load16(at + 2); }
static inline void store16(uint8_t *at, uint16_t value) { at[0] = (uint8_t)(value >> 8), at[1] = (uint8_t)value; }

/* An error from outside about a packet of ours, or from inside about a packet to us. False: it quotes nothing that we know; drop it.
 * The outer address of the other end and every checksum are made right. */
bool quoted_in(coven_headers *headers, uint32_t public_address, uint64_t now_ns);
bool quoted_out(coven_headers *headers, uint32_t public_address, uint64_t now_ns);

#endif
