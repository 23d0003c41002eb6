/* The context of a packet as an NSH before it (RFC 8300, docs/netdev.md): outer Ethernet with the packet's own addresses, an NSH of MD type 1
 * that says what the frame's metadata does, and the packet as its payload. The packet's path is not the program's to choose: of what comes
 * back only the context counts. */
#include "netdev.h"
#include <string.h>

#define ETHERNET 14u
#define ETHERNET_ADDRESSES 12u
#define NSH_TYPE 0x894Fu
#define NSH_BASE 8u
#define MD_FIXED 1u
#define MD_VARIABLE 2u
#define NEXT_ETHERNET 3u
/* Of the first word: O, U and TTL as they came; the rest is ours. */
#define BASE_KEPT 0x3FC00000u
#define BASE_OURS (6u << 16 | MD_FIXED << 8 | NEXT_ETHERNET)
#define BASE_PLAIN (63u << 22)
#define PATH_PLAIN 255u /* SPI 0, SI 255 */

_Static_assert(NSH_FRONT == ETHERNET + NSH_BASE + COVEN_LIMITS_CONTEXT_BYTES, "RFC 8300 section 2.4");
_Static_assert(NSH_FRONT <= COVEN_LIMITS_HEADROOM_MIN, "spec/channel.md section 5: what lies before a packet in any case");

bool nsh_shown;
nsh_tally nsh_refused;

static void put16(uint8_t *to, uint16_t value) { to[0] = (uint8_t)(value >> 8), to[1] = (uint8_t)value; }
static void put32(uint8_t *to, uint32_t value) { put16(to, (uint16_t)(value >> 16)), put16(to + 2, (uint16_t)value); }
static uint16_t get16(const uint8_t *from) { return (uint16_t)(from[0] << 8 | from[1]); }

void nsh_write(uint8_t *front, const uint8_t *packet, const uint8_t *meta) {
    uint32_t base, path;
    uint16_t flags;
    memcpy(&base, meta + COVEN_META_OFF_NSH_BASE, sizeof base);
    memcpy(&path, meta + COVEN_META_OFF_NSH_PATH, sizeof path);
    memcpy(&flags, meta + COVEN_META_OFF_FLAGS, sizeof flags);
    if (!(flags & COVEN_META_FLAG_NSH)) base = BASE_PLAIN, path = PATH_PLAIN;
    memcpy(front, packet, ETHERNET_ADDRESSES);
    put16(front + ETHERNET_ADDRESSES, NSH_TYPE);
    put32(front + ETHERNET, (base & BASE_KEPT) | BASE_OURS);
    put32(front + ETHERNET + 4, path);
    memcpy(front + ETHERNET + NSH_BASE, meta + COVEN_META_OFF_CONTEXT, COVEN_LIMITS_CONTEXT_BYTES);
}

/* What is wrong with it, by the names that the engine's reasons have. */
static uint64_t *fault(const uint8_t *nsh, uint32_t length, uint32_t header) {
    unsigned md = nsh[2] & 15u;
    if (nsh[0] >> 6) return &nsh_refused.version;
    if (md != MD_FIXED && md != MD_VARIABLE) return &nsh_refused.md_type;
    if (md == MD_FIXED ? header != NSH_FRONT - ETHERNET : header < NSH_BASE) return &nsh_refused.length;
    if (header > length) return &nsh_refused.length;
    if (nsh[3] != NEXT_ETHERNET) return &nsh_refused.next_protocol;
    return length - header < ETHERNET ? &nsh_refused.truncated : NULL;
}

bool nsh_take_off(uint8_t **data, uint32_t *length, const uint8_t **context) {
    *context = NULL;
    if (!nsh_shown || *length < ETHERNET || get16(*data + ETHERNET_ADDRESSES) != NSH_TYPE) return true;
    uint8_t *nsh = *data + ETHERNET;
    uint32_t left = *length - ETHERNET;
    if (left < NSH_BASE) return nsh_refused.truncated++, false;
    uint32_t header = (get16(nsh) & 63u) * 4;
    uint64_t *wrong = fault(nsh, left, header);
    if (wrong) return ++*wrong, false;
    if ((nsh[2] & 15u) == MD_FIXED) *context = nsh + NSH_BASE;
    *data = nsh + header;
    *length = left - header;
    return true;
}
