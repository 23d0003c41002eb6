/* Captures: pcap (micro- and nanoseconds) and pcapng, of either byte order. Lengths are checked against the file before they are used. */
#include <coven/testing.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ETHERNET = 1, INTERFACES_MAX = 64, PACKET_MAX = 262144 };
enum { NG_SECTION = 0x0A0D0D0A, NG_ORDER = 0x1A2B3C4D, NG_INTERFACE = 1, NG_SIMPLE = 3, NG_PACKET = 6, NG_TSRESOL = 9 };

typedef struct link { uint32_t type; uint64_t units; } link_; /* units: ticks a second */

struct coven_capture {
    uint8_t *bytes;
    size_t size, at;
    bool swapped, ng;
    uint64_t units;
    link_ links[INTERFACES_MAX];
    unsigned link_count;
    char fault[128];
};

static uint32_t u32(const coven_capture *c, size_t at) {
    uint32_t value;
    memcpy(&value, c->bytes + at, sizeof value);
    return c->swapped ? __builtin_bswap32(value) : value;
}
static uint16_t u16(const coven_capture *c, size_t at) {
    uint16_t value;
    memcpy(&value, c->bytes + at, sizeof value);
    return c->swapped ? __builtin_bswap16(value) : value;
}

static bool fault(coven_capture *c, const char *what) {
    snprintf(c->fault, sizeof c->fault, "at byte %zu: %s", c->at, what);
    c->at = c->size;
    return false;
}

static bool read_all(coven_capture *c, FILE *in) {
    size_t room = 65536, got;
    c->bytes = malloc(room);
    while (c->bytes && (got = fread(c->bytes + c->size, 1, room - c->size, in))) {
        c->size += got;
        if (c->size < room) continue;
        uint8_t *more = realloc(c->bytes, room *= 2);
        if (!more) return false;
        c->bytes = more;
    }
    return c->bytes && !ferror(in);
}

/* ---- pcap ---- */

static bool begin_pcap(coven_capture *c) {
    uint32_t magic = u32(c, 0);
    c->swapped = magic == 0xD4C3B2A1 || magic == 0x4D3CB2A1;
    magic = u32(c, 0);
    c->units = magic == 0xA1B23C4D ? 1000000000 : 1000000;
    if (magic != 0xA1B2C3D4 && magic != 0xA1B23C4D) return fault(c, "neither pcap nor pcapng");
    if (c->size < 24) return fault(c, "cut short in the header");
    if ((u32(c, 20) & 0xFFFF) != ETHERNET) return fault(c, "not a capture of Ethernet");
    c->at = 24;
    return true;
}

static bool next_pcap(coven_capture *c, const uint8_t **bytes, uint32_t *length, uint64_t *time_ns) {
    if (c->at == c->size) return false;
    if (c->size - c->at < 16) return fault(c, "cut short in the header of a packet");
    *time_ns = (uint64_t)u32(c, c->at) * 1000000000 + u32(c, c->at + 4) * (1000000000 / c->units);
    *length = u32(c, c->at + 8);
    if (*length > PACKET_MAX || *length > c->size - c->at - 16) return fault(c, "a packet is cut short");
    *bytes = c->bytes + c->at + 16;
    c->at += 16 + *length;
    return true;
}

/* ---- pcapng ---- */

static uint64_t units_of(uint8_t resolution) {
    uint64_t units = 1;
    for (unsigned i = 0; i < (resolution & 127u) && i < 63; i++) {
        uint64_t more = units * (resolution & 128 ? 2 : 10);
        if (more / (resolution & 128 ? 2 : 10) != units) break;
        units = more;
    }
    return units;
}

static bool add_interface(coven_capture *c, size_t at, size_t end) {
    if (c->link_count == INTERFACES_MAX || end - at < 8) return fault(c, "more than 64 interfaces, or one that is cut short");
    link_ *one = &c->links[c->link_count++];
    *one = (link_){u16(c, at), 1000000};
    for (at += 8; end - at >= 4;) {
        unsigned code = u16(c, at), length = u16(c, at + 2);
        if (!code || length > end - at - 4) break;
        if (code == NG_TSRESOL && length == 1) one->units = units_of(c->bytes[at + 4]);
        at += 4 + ((length + 3u) & ~3u);
        if (at > end) break;
    }
    return true;
}

static uint64_t to_ns(uint64_t ticks, uint64_t units) { return (uint64_t)((unsigned __int128)ticks * 1000000000 / units); }

static bool packet_of(coven_capture *c, uint32_t kind, size_t at, size_t end, const uint8_t **bytes, uint32_t *length, uint64_t *time_ns) {
    bool simple = kind == NG_SIMPLE;
    size_t header = simple ? 4 : 20;
    if (end - at < header) return fault(c, "a packet is cut short");
    uint32_t interface = simple ? 0 : u32(c, at);
    if (interface >= c->link_count) return fault(c, "a packet of an interface that was not described");
    *length = u32(c, at + (simple ? 0 : 12));
    if (simple && *length > end - at - header) *length = (uint32_t)(end - at - header);
    if (*length > PACKET_MAX || *length > end - at - header) return fault(c, "a packet is cut short");
    if (c->links[interface].type != ETHERNET) return fault(c, "not a capture of Ethernet");
    *time_ns = simple ? 0 : to_ns((uint64_t)u32(c, at + 4) << 32 | u32(c, at + 8), c->links[interface].units);
    *bytes = c->bytes + at + header;
    return true;
}

/* A section says its byte order itself. */
static bool begin_section(coven_capture *c, size_t at) {
    uint32_t order;
    memcpy(&order, c->bytes + at + 8, sizeof order);
    c->swapped = order != NG_ORDER;
    c->link_count = 0;
    return u32(c, at + 8) == NG_ORDER || fault(c, "no byte order of pcapng");
}

static bool next_ng(coven_capture *c, const uint8_t **bytes, uint32_t *length, uint64_t *time_ns) {
    while (c->at < c->size) {
        size_t at = c->at, left = c->size - at;
        uint32_t kind = left >= 12 ? u32(c, at) : 0;
        if (kind == NG_SECTION && !begin_section(c, at)) return false;
        uint32_t block = left >= 12 ? u32(c, at + 4) : 0;
        if (block < 12 || block % 4 || block > left) return fault(c, "a block is cut short");
        size_t end = at + block - 4;
        if (kind == NG_INTERFACE && !add_interface(c, at + 8, end)) return false;
        bool packet = kind == NG_SIMPLE || kind == NG_PACKET;
        if (packet && !packet_of(c, kind, at + 8, end, bytes, length, time_ns)) return false;
        c->at = at + block;
        if (packet) return true;
    }
    return false;
}

/* ---- both ---- */

static bool begin(coven_capture *c) {
    if (c->size < 4) return fault(c, "empty, or too short for a capture");
    c->ng = u32(c, 0) == NG_SECTION;
    return c->ng ? c->size >= 28 || fault(c, "cut short in the header") : begin_pcap(c);
}

coven_capture *coven_capture_open(const char *file, char *error, size_t size) {
    coven_capture *c = calloc(1, sizeof *c);
    FILE *in = fopen(file, "rb");
    bool read = c && in && read_all(c, in);
    if (!read) snprintf(error, size, "%s: %s", file, strerror(errno));
    if (in) fclose(in);
    if (read && begin(c)) return c;
    if (read) snprintf(error, size, "%s: %s", file, c->fault);
    coven_capture_close(c);
    return NULL;
}

bool coven_capture_next(coven_capture *c, const uint8_t **bytes, uint32_t *length, uint64_t *time_ns) {
    return c->ng ? next_ng(c, bytes, length, time_ns) : next_pcap(c, bytes, length, time_ns);
}

const char *coven_capture_fault(const coven_capture *c) { return c->fault[0] ? c->fault : NULL; }

void coven_capture_close(coven_capture *c) {
    if (!c) return;
    free(c->bytes);
    free(c);
}
