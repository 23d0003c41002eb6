/* The harness, captures, and captures of failures. */
#include "unit.h"
#include <coven/context.h>
#include <coven/nsh.h>
#include <coven/testing.h>
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static coven_item seen = {.name = "harness_seen", .kind = "counter", .type = "integer", .unit = "packets", .help = ""};
static coven_item limit = {.name = "harness_limit", .kind = "setting", .type = "integer", .unit = "bytes", .help = "", .value = 1000};

static coven_verdict judge(coven_packet *packet, void *state) {
    coven_packet own;
    (void)state;
    coven_add(&seen, 1);
    if (packet->length > coven_value(&limit)) return COVEN_DROP;
    switch (packet->data[0]) {
    case 1: return 1;
    case 2: return 77;
    case 3:
        if (!coven_packet_clone(&own, packet)) return COVEN_DROP;
        own.data[0] = 9;
        coven_send(&own, 1);
        return COVEN_FORWARD;
    case 4: return coven_grow_front(packet, 4) && !coven_grow_front(packet, 1000) ? COVEN_FORWARD : COVEN_DROP;
    case 5: return coven_field_set(packet, coven_context_field("tenant"), coven_time_ns(packet)) ? COVEN_FORWARD : COVEN_DROP;
    default: return COVEN_FORWARD;
    }
}

static coven_result give(coven_harness *h, uint8_t first, uint32_t length) {
    static uint8_t bytes[2000];
    bytes[0] = first;
    return coven_harness_packet(h, judge, NULL, bytes, length, NULL);
}

static coven_harness *begin(void) {
    coven_harness *h = coven_harness_open("out,aside", "tenant:24,rest:104");
    CHECK(h != NULL);
    seen.value = 0, limit.value = 1000;
    return h;
}

TEST(harness_gives_results) {
    coven_publish(&seen), coven_publish(&limit);
    coven_harness *h = begin();
    coven_result one = give(h, 0, 60);
    CHECK(one.verdict == 0 && !strcmp(one.output, "out") && !one.error && one.length == 60 && one.data[0] == 0);
    one = give(h, 1, 61);
    CHECK(one.verdict == 1 && !strcmp(one.output, "aside") && one.length == 61);
    one = give(h, 0, 1001);
    CHECK(one.verdict == COVEN_DROP && !one.error && !one.data);
    one = give(h, 2, 60);
    CHECK(one.verdict == COVEN_DROP && one.error && !strcmp(one.error, "unknown_output"));
    one = give(h, 4, 60);
    CHECK(one.length == 64);
    one = give(h, 0, 1900);
    CHECK(one.error && !strcmp(one.error, "too_large"));
    TEXT(coven_harness_item(h, "harness_seen"), "5");
    CHECK(coven_harness_set(h, "harness_limit", "59") && !coven_harness_set(h, "harness_limit", "x") && !coven_harness_item(h, "nothing"));
    CHECK(give(h, 0, 60).verdict == COVEN_DROP);
    CHECK(!coven_harness_open("out", NULL)); /* one at a time */
    coven_harness_close(h);
}

TEST(harness_tells_of_packets_of_ones_own) {
    coven_harness *h = begin();
    coven_result own;
    for (unsigned i = 0; i < 500; i++) { /* frames come back */
        coven_result one = give(h, 3, 100);
        CHECK(one.verdict == 0 && one.data && one.data[0] == 3);
        CHECK(coven_harness_sent(h, &own) && own.verdict == 1 && own.data[0] == 9 && own.length == 100);
        CHECK(!coven_harness_sent(h, &own));
    }
    coven_harness_close(h);
}

static coven_verdict tag(coven_packet *packet, void *state) {
    coven_nsh nsh;
    (void)state;
    return coven_nsh_of(packet, &nsh) && coven_nsh_set(&nsh, COVEN_MD_IETF, COVEN_MD_TENANT, "1234", 4) ? COVEN_FORWARD : COVEN_DROP;
}

TEST(harness_finds_an_nsh) {
    coven_harness *h = begin();
    uint8_t frame[80] = {[12] = 0x89, 0x4F, 0x0F, 0xC2, 2, 3, 0, 0, 1, 255};
    coven_result one = coven_harness_packet(h, tag, NULL, frame, sizeof frame, NULL);
    CHECK(one.length == 88 && one.data[15] == 0xC4 && one.data[24] == 5);
    frame[15] = 0xFF; /* longer than the packet */
    CHECK(coven_harness_packet(h, tag, NULL, frame, sizeof frame, NULL).verdict == COVEN_DROP);
    coven_harness_close(h);
}

/* ---- captures ---- */

static const char *file_of(const void *bytes, size_t size) {
    static char name[] = "capture-of-a-test.bin";
    FILE *out = fopen(name, "wb");
    CHECK(out && fwrite(bytes, 1, size, out) == size);
    if (out) fclose(out);
    return name;
}

typedef struct times { uint64_t tenant[8]; unsigned count; } times;
static void note(const coven_result *result, void *argument) {
    times *all = argument;
    all->tenant[all->count++ % 8] = result->context ? (uint64_t)result->context[0] << 16 | (uint64_t)result->context[1] << 8 | result->context[2] : 0;
}

static void replay(const void *bytes, size_t size, long wanted, const uint64_t *tenants) {
    coven_harness *h = begin();
    times all = {.count = 0};
    const char *file = file_of(bytes, size);
    EQUAL(coven_harness_capture(h, judge, NULL, file, note, &all), wanted);
    for (long i = 0; i < wanted; i++) EQUAL(all.tenant[i], tenants[i]);
    unlink(file);
    coven_harness_close(h);
}

#define L32(x) (uint8_t)(x), (uint8_t)((x) >> 8), (uint8_t)((x) >> 16), (uint8_t)((uint32_t)(x) >> 24)
#define B32(x) (uint8_t)((uint32_t)(x) >> 24), (uint8_t)((x) >> 16), (uint8_t)((x) >> 8), (uint8_t)(x)

TEST(captures_of_pcap) {
    const uint8_t micro[] = {L32(0xA1B2C3D4), L32(0x00040002), L32(0), L32(0), L32(65535), L32(1), L32(0), L32(7), L32(4), L32(4), 5, 0, 0, 0};
    const uint8_t nano[] = {B32(0xA1B23C4D), B32(0x00020004), B32(0), B32(0), B32(65535), B32(1), B32(0), B32(9), B32(2), B32(60), 5, 0, B32(0), B32(11), B32(1), B32(1), 5};
    replay(micro, sizeof micro, 1, (uint64_t[]){7000});
    replay(nano, sizeof nano, 2, (uint64_t[]){9, 11});
    replay(micro, sizeof micro - 1, -1, NULL); /* and a line on stderr, as for each of the next ones */
    replay(micro, 23, -1, NULL);
    replay("nothing like a capture", 22, -1, NULL);
    replay("", 0, -1, NULL);
}

TEST(captures_of_pcapng) {
    const uint8_t section[] = {L32(0x0A0D0D0A), L32(28), L32(0x1A2B3C4D), L32(1), L32(0xFFFFFFFF), L32(0xFFFFFFFF), L32(28)};
    const uint8_t rest[] = {L32(1), L32(32), L32(1), L32(0), 9, 0, 1, 0, 9, 0, 0, 0, L32(0), L32(32),          /* nanoseconds */
                            L32(1), L32(20), L32(1), L32(0), L32(20),                                          /* microseconds */
                            L32(5), L32(16), L32(0), L32(16),                                                  /* something else */
                            L32(6), L32(36), L32(0), L32(0), L32(12), L32(2), L32(2), 5, 0, 0, 0, L32(36),     /* a packet of the first */
                            L32(6), L32(36), L32(1), L32(0), L32(12), L32(2), L32(2), 5, 0, 0, 0, L32(36),     /* and of the second */
                            L32(3), L32(20), L32(2), 5, 0, 0, 0, L32(20)};
    uint8_t all[sizeof section + sizeof rest];
    memcpy(all, section, sizeof section), memcpy(all + sizeof section, rest, sizeof rest);
    replay(all, sizeof all, 3, (uint64_t[]){12, 12000, 0});
    replay(all, sizeof all - 1, -1, NULL);
    memset(all + sizeof section + 4, 3, 4); /* a block longer than the file */
    replay(all, sizeof all, -1, NULL);
}

TEST(failures_are_kept) {
    char folder[] = "failures-XXXXXX", file[64], line[64];
    CHECK(mkdtemp(folder) != NULL);
    setenv("COVEN_FAILURES", folder, 1), setenv("COVEN_NAME", "judge", 1);
    snprintf(file, sizeof file, "%s/judge.pcap", folder);
    for (unsigned process = 0; process < 2; process++) { /* the second goes on where the first left off */
        coven_harness *h = begin();
        for (unsigned i = 0; i < 40; i++) give(h, 2, 60 + i);
        coven_harness_close(h);
    }
    const uint8_t *bytes;
    uint32_t length;
    uint64_t time_ns;
    unsigned count = 0;
    coven_capture *capture = coven_capture_open(file, line, sizeof line);
    CHECK(capture != NULL);
    for (; capture && coven_capture_next(capture, &bytes, &length, &time_ns); count++) EQUAL(length, 60 + count % 40);
    EQUAL(count, 64); /* and no more */
    coven_capture_close(capture);
    unlink(file), rmdir(folder);
    setenv("COVEN_FAILURES", "/nowhere/at/all", 1);
    coven_harness *h = begin();
    CHECK(give(h, 2, 60).error != NULL); /* and a line that none is kept */
    coven_harness_close(h);
    unsetenv("COVEN_FAILURES"), unsetenv("COVEN_NAME");
}
