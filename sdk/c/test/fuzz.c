/* Random and mutated packets, metadata, layouts, requests to the agent and captures through everything that reads them, for AddressSanitizer and UndefinedBehaviorSanitizer
 * (`make asan`): each packet lies in a block of memory of just its size. Checks as well that checksums by the difference are those computed anew.
 * fuzz [ROUNDS [SEED]] */
#include "../src/channel.h"
#include "unit/vectors.h"
#include <coven/context.h>
#include <coven/flow.h>
#include <coven/nf.h>
#include <coven/nsh.h>
#include <coven/testing.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t seed = 1;
static bool ok = true;

void check(bool good, const char *text, const char *file, int line) {
    if (good) return;
    ok = false;
    fprintf(stderr, "%s:%d: %s\n", file, line, text);
}
void check_equal(uint64_t got, uint64_t wanted, const char *text, const char *file, int line) { check(got == wanted, text, file, line); }
void check_text(const char *got, const char *wanted, const char *file, int line) { check(!strcmp(got, wanted), got, file, line); }
void add_test(test *one) { (void)one; }

static uint32_t any(uint32_t below) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % below);
}

static bytes seeds[256];
static unsigned seed_count;

static void read_seeds(const char *file, const char *key) {
    for (const char *vector = vectors_of(file); vector && seed_count < 256; vector = next_of(vector))
        if (member(vector, key)) seeds[seed_count++] = bytes_of(member(vector, key));
}

static void mutate(bytes *b) {
    for (unsigned i = any(4); i && b->length; i--) {
        if (any(4)) b->at[any(b->length)] = (uint8_t)any(256);
        else b->length = any(b->length + 1);
    }
}

/* ---- headers ---- */

static uint64_t read_all(coven_headers *h) {
    char text[COVEN_FLOW_TEXT];
    uint32_t length;
    uint64_t sum = coven_ether_type(h);
    coven_flow flow;
    if (coven_flow_from(h, &flow)) sum += strlen(coven_flow_text(&flow, text));
    const uint8_t *payload = coven_payload_of(h, &length);
    for (uint32_t i = 0; i < length; i++) sum += payload[i];
    if (coven_ipv4_of(h)) sum += coven_ipv4_header_length(coven_ipv4_of(h)) + coven_ipv4_fragment_offset(coven_ipv4_of(h));
    if (coven_ipv6_of(h)) sum += coven_ipv6_next_header(coven_ipv6_of(h)) + coven_ipv6_destination(coven_ipv6_of(h))[15];
    if (coven_tcp_of(h)) sum += coven_tcp_header_length(coven_tcp_of(h)) + coven_tcp_sequence(coven_tcp_of(h));
    return sum;
}

static void write_ip(coven_headers *h) {
    uint8_t address[16];
    coven_ipv4 *four = coven_ipv4_of(h);
    coven_ipv6 *six = coven_ipv6_of(h);
    for (unsigned i = 0; i < 16; i++) address[i] = (uint8_t)any(256);
    if (four) coven_ipv4_set_source(four, any(UINT32_MAX)), coven_ipv4_set_destination(four, any(2)), coven_ipv4_set_ttl(four, (uint8_t)any(256));
    if (four) coven_ipv4_set_dscp(four, (uint8_t)any(64)), coven_ipv4_set_ecn(four, (uint8_t)any(4)), coven_ipv4_set_identification(four, (uint16_t)any(65536));
    if (six) coven_ipv6_set_source(six, address), coven_ipv6_set_destination(six, address), coven_ipv6_set_hop_limit(six, (uint8_t)any(256));
    if (six) coven_ipv6_set_dscp(six, (uint8_t)any(64)), coven_ipv6_set_ecn(six, (uint8_t)any(4)), coven_ipv6_set_flow_label(six, any(1 << 20));
}

static void write_rest(coven_headers *h) {
    coven_tcp *tcp = coven_tcp_of(h);
    coven_udp *udp = coven_udp_of(h);
    coven_icmp *icmp = coven_icmp_of(h);
    if (coven_vlan_of(h)) coven_vlan_set_id(coven_vlan_of(h), (uint16_t)any(4096)), coven_vlan_set_priority(coven_vlan_of(h), (uint8_t)any(8));
    if (coven_vlan_inner(h)) coven_vlan_set_id(coven_vlan_inner(h), (uint16_t)any(4096));
    if (tcp) coven_tcp_set_source_port(tcp, (uint16_t)any(65536)), coven_tcp_set_destination_port(tcp, (uint16_t)any(65536)), coven_tcp_set_flags(tcp, (uint8_t)any(256));
    if (tcp) coven_tcp_set_sequence(tcp, any(UINT32_MAX)), coven_tcp_set_acknowledgment(tcp, any(UINT32_MAX)), coven_tcp_set_window(tcp, (uint16_t)any(65536));
    if (udp) coven_udp_set_source_port(udp, (uint16_t)any(65536)), coven_udp_set_destination_port(udp, (uint16_t)any(65536));
    if (icmp) coven_icmp_set_type(icmp, (uint8_t)any(256)), coven_icmp_set_code(icmp, (uint8_t)any(256));
}

/* A UDP checksum of 0 over IPv6 stays 0 by the difference, and is computed anew. */
static bool has_none(coven_headers *h) { return coven_udp_of(h) && !coven_check_(h->check); }

static void fuzz_headers(const bytes *content) {
    uint8_t meta[COVEN_META_SIZE] = {0}, *block = malloc(content->length + 1), *again = malloc(content->length + 1);
    memcpy(block, content->at, content->length);
    coven_packet packet = {.data = realloc(block, content->length + !content->length), .length = content->length, .context = meta + COVEN_META_OFF_CONTEXT};
    coven_headers h = coven_headers_of(&packet);
    read_all(&h);
    bool anew = coven_update_checksums(&h) && !has_none(&h);
    write_ip(&h), write_rest(&h);
    memcpy(again, packet.data, content->length);
    if (coven_update_checksums(&h) && anew && !has_none(&h)) CHECK(!memcmp(again, packet.data, content->length));
    free(packet.data), free(again);
}

/* ---- NSH ---- */

static void fuzz_nsh(coven_harness *harness, const bytes *content) {
    coven_packet packet;
    coven_nsh nsh;
    uint8_t value[128] = {0};
    if (!coven_harness_feed(harness, content->at, content->length, NULL, 0)) return;
    CHECK(coven_take(&packet, 1) == 1);
    if (!any(8)) {
        uint16_t wild[2] = {(uint16_t)any(4096), (uint16_t)any(512)};
        memcpy(packet.context - COVEN_META_OFF_CONTEXT + COVEN_META_OFF_NSH_OFFSET, wild, 4);
    }
    for (unsigned i = any(6); i && coven_nsh_of(&packet, &nsh); i--) {
        coven_tlv piece = {.value = NULL};
        coven_forwarding_context context;
        coven_flow_label label;
        coven_groups groups;
        for (unsigned k = 0; coven_nsh_next(&nsh, &piece); k++) {
            CHECK(k < 63);
            coven_read_forwarding_context(&piece, &context), coven_read_flow_label(&piece, &label), coven_read_groups(&piece, &groups);
        }
        uint16_t md_class = any(2) ? 0 : 0xFFF6;
        uint32_t length = nsh.length;
        if (any(3)) coven_nsh_set(&nsh, md_class, (uint8_t)any(12), value, any(129));
        else coven_nsh_remove(&nsh, md_class, (uint8_t)any(12));
        CHECK(coven_nsh_of(&packet, &nsh) && nsh.length <= 252 && (nsh.length % 4 == 0 || nsh.length == length));
    }
    coven_finish(&packet, 1);
    coven_harness_outcome(harness);
}

/* ---- texts and files ---- */

static void fuzz_layout(void) {
    static const char letters[] = "ab:,0123456789";
    char text[40], error[256];
    unsigned length = any(sizeof text);
    for (unsigned i = 0; i < length; i++) text[i] = letters[any(sizeof letters - 1)];
    text[length] = 0;
    coven_context_layout(text, error, sizeof error);
}

COVEN_SETTING(fuzz_level, 1, "", "a number");
static coven_item fuzz_text = {.name = "fuzz_text", .kind = "setting", .type = "string", .text = "a"};

/* Whatever is asked, one line of JSON is the answer. */
static void fuzz_agent(void) {
    static const char *const words[] = {"get ", "set ", "call ", "list", "check", "fuzz_level", "fuzz_text", " ", "17", "-1e999", "\"", "\\u00e9", "\\ud800", "\\", "true", "{", "\r"};
    static char line[512], out[65536];
    size_t length = 0;
    for (unsigned i = any(10); i; i--) {
        const char *word = words[any(sizeof words / sizeof *words)];
        memcpy(line + length, word, strlen(word));
        length += strlen(word);
        if (!any(6)) line[length++] = (char)any(256);
    }
    line[length] = 0;
    size_t answered = cvn_agent_answer(any(100) ? line : NULL, length, out, sizeof out);
    CHECK(answered > 2 && answered <= sizeof out && out[0] == '{' && out[answered - 2] == '}' && memchr(out, '\n', answered) == out + answered - 1);
}

static void fuzz_capture(int fd, const char *path) {
    static const uint32_t words[] = {0xA1B2C3D4, 0xA1B23C4D, 0x0A0D0D0A, 0x1A2B3C4D, 0x4D3C2B1A, 1, 2, 3, 6, 12, 16, 28, 32, 36, 65535, 0, 0x00040002, 0xFFFFFFFF};
    uint32_t file[64];
    uint32_t count = any(64), at = 0, length;
    const uint8_t *data;
    uint64_t time, sum = 0;
    char error[256];
    for (; at < count; at++) file[at] = any(8) ? words[any(sizeof words / sizeof *words)] : any(UINT32_MAX);
    if (any(2)) memcpy(file, (uint32_t[]){0xA1B2C3D4, 0x00040002, 0, 0, 65535, 1, 0, 0, 8, 8}, 40);
    else memcpy(file, (uint32_t[]){0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, 0, 28, 1, 20, 1}, 40);
    CHECK(!ftruncate(fd, 0) && pwrite(fd, file, count * 4 + any(4) % (count + 1), 0) >= 0);
    coven_capture *capture = coven_capture_open(path, error, sizeof error);
    while (capture && coven_capture_next(capture, &data, &length, &time))
        for (uint32_t i = 0; i < length; i++) sum += data[i];
    coven_capture_close(capture);
    (void)sum;
}

int main(int argc, char **argv) {
    unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 50000;
    char path[64];
    int fd = memfd_create("capture", MFD_CLOEXEC);
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    read_seeds("headers.json", "packet"), read_seeds("nsh.json", "frame"), read_seeds("writes.json", "packet");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CHECK(seed_count > 100 && fd >= 0);
    coven_harness *harness = coven_harness_open("out", NULL);
    coven_publish(&fuzz_text);
    for (unsigned i = 0; ok && harness && i < rounds; i++) {
        bytes content = seeds[any(seed_count)];
        mutate(&content);
        if (!any(16)) for (unsigned k = 12; k < content.length; k++) content.at[k] = (uint8_t)any(256);
        fuzz_headers(&content), fuzz_nsh(harness, &content), fuzz_layout(), fuzz_agent();
        if (i % 16 == 0) fuzz_capture(fd, path);
    }
    coven_harness_close(harness);
    printf("%u rounds, %s\n", rounds, ok && harness ? "nothing found" : "failed");
    return !ok || !harness;
}
