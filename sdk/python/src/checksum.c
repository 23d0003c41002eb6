/* Writes of whole fields: the bytes, and the checksums that cover them, changed by the difference (RFC 1624). */
#include "views.h"

/* The words that the bytes touch, put in place; the sum of ~m + m'. `base` is where words begin. */
static uint32_t change(uint8_t *base, uint32_t offset, const uint8_t *bytes, uint32_t size) {
    uint8_t words[20];
    uint32_t from = offset & ~1u, span = (offset + size + 1 - from) & ~1u;
    memcpy(words, base + from, span);
    memcpy(words + (offset - from), bytes, size);
    return coven_change_(base + from, words, span);
}

void write_plain(const spot *s, uint32_t offset, const uint8_t *bytes, uint32_t size) { memcpy(s->base + offset, bytes, size); }

void write_ipv4(const spot *s, uint32_t offset, const uint8_t *bytes, uint32_t size) {
    coven_adjust_(s->base + 10, change(s->base, offset, bytes, size));
}

/* A routing header puts another destination in before the checksum is looked at (RFC 8200 section 8.1). */
void write_address(const spot *s, uint32_t offset, const uint8_t *bytes, uint32_t size) {
    bool covered = s->headers.version == 4 || !s->headers.routed || offset != 24;
    uint32_t difference = change(s->base, offset, bytes, size);
    if (s->headers.version == 4) coven_adjust_(s->base + 10, difference);
    if (covered) coven_covered_(&s->headers, difference, true);
}

void write_transport(const spot *s, uint32_t offset, const uint8_t *bytes, uint32_t size) {
    coven_covered_(&s->headers, change(s->base, offset, bytes, size), false);
}
