/* The Internet checksum (RFC 1071), computed anew. Sums are of words as they lie, whichever end comes first (section 2B). */
#include <arpa/inet.h>
#include <coven/headers.h>
#include <coven/layout.h>

/* Of bytes, onto `sum`; an odd one at the end counts as the first of a word. */
static uint64_t add(uint64_t sum, const uint8_t *bytes, size_t length) {
    for (; length >= 4; bytes += 4, length -= 4) {
        uint32_t word;
        memcpy(&word, bytes, 4);
        sum += word;
    }
    uint8_t rest[4] = {0};
    uint32_t word;
    memcpy(rest, bytes, length);
    memcpy(&word, rest, 4);
    return sum + word;
}

static uint16_t fold(uint64_t sum) {
    sum = (sum & 0xFFFFFFFF) + (sum >> 32);
    sum = (sum & 0xFFFFFFFF) + (sum >> 32);
    return coven_fold_((uint32_t)sum);
}

uint16_t coven_checksum(const void *bytes, size_t length) { return ntohs((uint16_t)~fold(add(0, bytes, length))); }

bool coven_is_partial_(const coven_headers *h) {
    uint16_t flags, start, offset;
    if (!h->meta) return false;
    memcpy(&flags, h->meta + COVEN_META_OFF_FLAGS, 2);
    if (__builtin_expect(!(flags & COVEN_META_FLAG_CSUM_PARTIAL), 1)) return false;
    memcpy(&start, h->meta + COVEN_META_OFF_CSUM_START, 2);
    memcpy(&offset, h->meta + COVEN_META_OFF_CSUM_OFFSET, 2);
    return h->check == h->frame + start + offset; /* not one of a packet inside this one */
}

static void put(uint8_t *at, uint16_t check) { memcpy(at, &check, 2); }

static void anew(uint8_t *at, const uint8_t *bytes, size_t length, uint64_t sum) {
    put(at, 0);
    put(at, (uint16_t)~fold(add(sum, bytes, length)));
}

static uint64_t pseudo_header(const coven_headers *h, uint32_t length) {
    const uint8_t tail[8] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length, 0, 0, 0, h->kind};
    if (h->kind == COVEN_ICMP) return 0;
    uint64_t sum = h->version == 4 ? add(0, h->ip + 12, 8) : add(0, h->ip + 8, 32);
    return add(sum, tail, sizeof tail);
}

static bool transport_anew(const coven_headers *h) {
    uint32_t length = (uint32_t)(h->end - h->transport);
    if (!h->check || h->fragment || !h->whole || h->routed) return false;
    if (h->kind == COVEN_UDP && coven_load16_(h->transport + 4) != length) return false;
    uint64_t sum = pseudo_header(h, length);
    if (coven_is_partial_(h)) {
        put(h->check, fold(sum));
        return true;
    }
    if (h->kind == COVEN_UDP && h->version == 4 && !coven_check_(h->check)) return true;
    anew(h->check, h->transport, length, sum);
    if (h->kind == COVEN_UDP && !coven_check_(h->check)) put(h->check, 0xFFFF);
    return true;
}

bool coven_update_checksums(coven_headers *h) {
    if (h->version == 4) anew(h->ip + 10, h->ip, h->header, 0);
    return transport_anew(h);
}
