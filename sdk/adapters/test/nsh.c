/* The NSH before a packet: what it says, and what of it is believed when it comes back. */
#include "unit.h"
#include <string.h>

#define PACKET 60u

static struct { uint8_t front[NSH_FRONT], packet[PACKET]; } shown;
static uint8_t meta[COVEN_META_SIZE];

static void write_meta(uint16_t flags, uint32_t base, uint32_t path) {
    memset(meta, 0, sizeof meta);
    memcpy(meta + COVEN_META_OFF_FLAGS, &flags, sizeof flags);
    memcpy(meta + COVEN_META_OFF_NSH_BASE, &base, sizeof base);
    memcpy(meta + COVEN_META_OFF_NSH_PATH, &path, sizeof path);
    for (unsigned i = 0; i < COVEN_LIMITS_CONTEXT_BYTES; i++) meta[COVEN_META_OFF_CONTEXT + i] = (uint8_t)(0xA0 + i);
}

static void show(uint16_t flags, uint32_t base, uint32_t path) {
    for (unsigned i = 0; i < PACKET; i++) shown.packet[i] = (uint8_t)i;
    write_meta(flags, base, path);
    nsh_write(shown.front, shown.packet, meta);
}

static void writing(void) {
    static const uint8_t plain[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0x89, 0x4F, 0x0F, 0xC6, 0x01, 0x03, 0, 0, 0, 255};
    show(0, 0xFFFFFFFF, 0x123456);
    check(!memcmp(shown.front, plain, sizeof plain), "a packet that came without an NSH has one of no path, TTL 63, its own addresses outside");
    check(!memcmp(shown.front + 22, meta + COVEN_META_OFF_CONTEXT, 16), "and the context of its frame");
    static const uint8_t mine[] = {0x2A, 0xC6, 0x01, 0x03, 0, 0, 10, 254};
    show(COVEN_META_FLAG_NSH, 0x2AC1F201, 10 << 8 | 254); /* O, TTL 43, MD type 2, U bits, IPv4 */
    check(!memcmp(shown.front + 14, mine, sizeof mine), "one with an NSH has its O bit, TTL, SPI and SI, in MD type 1 over Ethernet");
}

typedef struct result { bool good; uint8_t *data; uint32_t length; const uint8_t *context; } result;

static result back(uint32_t length) {
    result it = {.data = shown.front, .length = length};
    it.good = nsh_take_off(&it.data, &it.length, &it.context);
    return it;
}

static void reading(void) {
    show(0, 0, 0);
    result it = back(NSH_FRONT + PACKET);
    check(it.good && it.data == shown.packet && it.length == PACKET && it.context == shown.front + 22, "what was put before a packet is taken off");
    shown.front[14] |= 0x30, shown.front[16] |= 0xF0, shown.front[19] = 7, shown.front[21] = 3;
    check(back(NSH_FRONT + PACKET).good, "O and U bits, path and index do not count");
    shown.front[15] = 0xC0 | 5, shown.front[16] = 2;
    it = back(NSH_FRONT + PACKET);
    check(it.good && !it.context && it.data == shown.front + 34, "MD type 2 is skipped by its length, and has no context");
    shown.front[12] = 8, shown.front[13] = 0;
    it = back(NSH_FRONT + PACKET);
    check(it.good && it.data == shown.front && !it.context, "a packet without NSH is a packet");
    nsh_shown = false;
    show(0, 0, 0);
    it = back(NSH_FRONT + PACKET);
    check(it.good && it.data == shown.front, "where no context is stated an NSH is bytes of the packet");
    nsh_shown = true;
}

/* One byte of the header is changed. */
static void refused(unsigned at, uint8_t value, uint32_t length, const uint64_t *counted, const char *what) {
    show(0, 0, 0);
    if (at) shown.front[at] = value;
    uint64_t before = *counted;
    check(!back(length).good && *counted == before + 1, what);
}

static void malformed(void) {
    uint32_t whole = NSH_FRONT + PACKET;
    refused(14, 0x4F, whole, &nsh_refused.version, "version 1 is refused");
    refused(15, 0xC5, whole, &nsh_refused.length, "MD type 1 with a length of 5 words is refused");
    refused(16, 0, whole, &nsh_refused.md_type, "MD type 0 is refused");
    refused(16, 15, whole, &nsh_refused.md_type, "MD type 15 is refused");
    refused(17, 1, whole, &nsh_refused.next_protocol, "IPv4 as next protocol is refused");
    refused(0, 0, 37, &nsh_refused.length, "a header longer than the packet is refused");
    refused(0, 0, 21, &nsh_refused.truncated, "half a header is refused");
    refused(0, 0, NSH_FRONT + 13, &nsh_refused.truncated, "half an Ethernet header behind it is refused");
    shown.front[16] = 2, shown.front[15] = 0xC1;
    check(!back(whole).good, "MD type 2 with a length of 1 word is refused");
    for (uint32_t length = 0; length <= whole; length++) show(0, 0, 0), back(length);
}

void contexts(void) {
    nsh_shown = true;
    writing();
    reading();
    malformed();
    nsh_shown = false;
}
