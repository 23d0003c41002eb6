/* The rule by itself: it knows bytes, and nothing of the platform. */
#ifndef RULE_H
#define RULE_H
#include <stdint.h>

enum { RULE_IPV4 = 0x0800, RULE_TCP = 6, RULE_UDP = 17 };

static inline unsigned rule_u16(const uint8_t *at) { return (unsigned)at[0] << 8 | at[1]; }

/** The destination port of TCP or UDP in IPv4, or 0. */
static inline unsigned destination_port(const uint8_t *frame, uint32_t length) {
    if (length < 34 || rule_u16(frame + 12) != RULE_IPV4) return 0;
    if (frame[23] != RULE_TCP && frame[23] != RULE_UDP) return 0;
    uint32_t transport = 14 + (frame[14] & 15u) * 4;
    return length >= transport + 4 ? rule_u16(frame + transport + 2) : 0;
}
#endif
