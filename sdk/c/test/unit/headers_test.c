/* spec/vectors/sdk/headers.json and writes.json through the views of C. */
#include "vectors.h"
#include <coven/headers.h>

static loose room;

typedef struct row {
    const char *name;
    uint64_t got;
} row;

static void compare(const char *vector, const char *view, const row *rows) {
    for (; rows->name; rows++) check_vector(number_in(view, rows->name) == rows->got, vector, rows->name);
}

static void same_text(const char *vector, const char *view, const char *name, const char *got) {
    check_vector(!strcmp(text_of(member(view, name)), got), vector, name);
}

static void check_link(const char *vector, const char *fields, coven_headers *h) {
    char text[COVEN_ADDRESS_TEXT];
    const char *ethernet = member(fields, "ethernet"), *vlan = member(fields, "vlan"), *inner = is_null(vlan) ? NULL : member(vlan, "inner");
    check_vector(is_null(ethernet) == !coven_ethernet_of(h), vector, "ethernet");
    check_vector(is_null(vlan) == !coven_vlan_of(h), vector, "vlan");
    check_vector(is_null(inner) == !coven_vlan_inner(h), vector, "inner vlan");
    if (!is_null(ethernet)) {
        compare(vector, ethernet, (row[]){{"type", coven_ether_type(h)}, {0}});
        same_text(vector, ethernet, "destination", coven_mac_text(coven_ethernet_destination(coven_ethernet_of(h)), text));
        same_text(vector, ethernet, "source", coven_mac_text(coven_ethernet_source(coven_ethernet_of(h)), text));
    }
    for (coven_vlan *tag = coven_vlan_of(h); tag; tag = tag == coven_vlan_inner(h) ? NULL : coven_vlan_inner(h))
        compare(vector, tag == coven_vlan_of(h) ? vlan : inner, (row[]){{"id", coven_vlan_id(tag)}, {"priority", coven_vlan_priority(tag)}, {0}});
}

static void check_ipv4(const char *vector, const char *view, coven_ipv4 *v) {
    char text[COVEN_ADDRESS_TEXT];
    check_vector(is_null(view) == !v, vector, "ipv4");
    if (is_null(view) || !v) return;
    compare(vector, view, (row[]){
        {"source", coven_ipv4_source(v)}, {"destination", coven_ipv4_destination(v)}, {"protocol", coven_ipv4_protocol(v)}, {"ttl", coven_ipv4_ttl(v)},
        {"dscp", coven_ipv4_dscp(v)}, {"ecn", coven_ipv4_ecn(v)}, {"identification", coven_ipv4_identification(v)},
        {"total_length", coven_ipv4_total_length(v)}, {"header_length", coven_ipv4_header_length(v)}, {"dont_fragment", coven_ipv4_dont_fragment(v)},
        {"more_fragments", coven_ipv4_more_fragments(v)}, {"fragment_offset", coven_ipv4_fragment_offset(v)}, {0}});
    same_text(vector, view, "source_text", coven_ipv4_text(coven_ipv4_source(v), text));
    same_text(vector, view, "destination_text", coven_ipv4_text(coven_ipv4_destination(v), text));
}

static void check_ipv6(const char *vector, const char *view, coven_ipv6 *v) {
    char text[COVEN_ADDRESS_TEXT];
    check_vector(is_null(view) == !v, vector, "ipv6");
    if (is_null(view) || !v) return;
    compare(vector, view, (row[]){
        {"next_header", coven_ipv6_next_header(v)}, {"hop_limit", coven_ipv6_hop_limit(v)}, {"dscp", coven_ipv6_dscp(v)}, {"ecn", coven_ipv6_ecn(v)},
        {"flow_label", coven_ipv6_flow_label(v)}, {"payload_length", coven_ipv6_payload_length(v)}, {0}});
    bytes source = bytes_of(member(view, "source")), destination = bytes_of(member(view, "destination"));
    check_vector(!memcmp(source.at, coven_ipv6_source(v), 16) && !memcmp(destination.at, coven_ipv6_destination(v), 16), vector, "ipv6 addresses");
    same_text(vector, view, "source_text", coven_ipv6_text(coven_ipv6_source(v), text));
    same_text(vector, view, "destination_text", coven_ipv6_text(coven_ipv6_destination(v), text));
}

static void check_transport(const char *vector, const char *fields, coven_headers *h) {
    const char *tcp = member(fields, "tcp"), *udp = member(fields, "udp"), *icmp = member(fields, "icmp"), *payload = member(fields, "payload");
    coven_tcp *t = coven_tcp_of(h);
    coven_udp *u = coven_udp_of(h);
    coven_icmp *i = coven_icmp_of(h);
    uint32_t length;
    check_vector(is_null(tcp) == !t && is_null(udp) == !u && is_null(icmp) == !i, vector, "transport");
    if (t && !is_null(tcp))
        compare(vector, tcp, (row[]){
            {"source_port", coven_tcp_source_port(t)}, {"destination_port", coven_tcp_destination_port(t)}, {"sequence", coven_tcp_sequence(t)},
            {"acknowledgment", coven_tcp_acknowledgment(t)}, {"flags", coven_tcp_flags(t)}, {"window", coven_tcp_window(t)},
            {"header_length", coven_tcp_header_length(t)}, {0}});
    if (u && !is_null(udp))
        compare(vector, udp, (row[]){{"source_port", coven_udp_source_port(u)}, {"destination_port", coven_udp_destination_port(u)}, {"length", coven_udp_length(u)}, {0}});
    if (i && !is_null(icmp)) compare(vector, icmp, (row[]){{"type", coven_icmp_type(i)}, {"code", coven_icmp_code(i)}, {0}});
    const uint8_t *at = coven_payload_of(h, &length);
    bytes wanted = is_null(payload) ? (bytes){.length = 0} : bytes_of(payload);
    check_vector(is_null(payload) == !at && length == wanted.length && (!at || !memcmp(at, wanted.at, length)), vector, "payload");
}

TEST(headers_vectors) {
    unsigned count = 0;
    for (const char *vector = vectors_of("headers.json"); vector; vector = next_of(vector), count++) {
        bytes packet = bytes_of(member(vector, "packet"));
        coven_headers h = coven_headers_of(hold(&room, &packet));
        const char *fields = member(vector, "fields");
        check_link(vector, fields, &h);
        check_ipv4(vector, member(fields, "ipv4"), coven_ipv4_of(&h));
        check_ipv6(vector, member(fields, "ipv6"), coven_ipv6_of(&h));
        check_transport(vector, fields, &h);
    }
    CHECK(count > 40);
}

typedef void setter(coven_headers *h, const char *value);
#define NUMBER(view, field) \
    static void view##_##field(coven_headers *h, const char *value) { coven_##view##_set_##field(coven_##view##_of(h), number_of(value)); }
#define ADDRESS(view, field) \
    static void view##_##field(coven_headers *h, const char *value) { coven_##view##_set_##field(coven_##view##_of(h), bytes_of(value).at); }
NUMBER(vlan, id) NUMBER(vlan, priority)
NUMBER(ipv4, source) NUMBER(ipv4, destination) NUMBER(ipv4, ttl) NUMBER(ipv4, dscp) NUMBER(ipv4, ecn) NUMBER(ipv4, identification)
ADDRESS(ipv6, source) ADDRESS(ipv6, destination) NUMBER(ipv6, hop_limit) NUMBER(ipv6, dscp) NUMBER(ipv6, ecn) NUMBER(ipv6, flow_label)
NUMBER(tcp, source_port) NUMBER(tcp, destination_port) NUMBER(tcp, sequence) NUMBER(tcp, acknowledgment) NUMBER(tcp, flags) NUMBER(tcp, window)
NUMBER(udp, source_port) NUMBER(udp, destination_port) NUMBER(icmp, type) NUMBER(icmp, code)

static void mac(uint8_t *at, const char *value) {
    unsigned b[6];
    EQUAL(sscanf(value, "\"%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]), 6);
    for (unsigned i = 0; i < 6; i++) at[i] = (uint8_t)b[i];
}
static void ethernet_destination(coven_headers *h, const char *value) { mac(coven_ethernet_destination(coven_ethernet_of(h)), value); }
static void ethernet_source(coven_headers *h, const char *value) { mac(coven_ethernet_source(coven_ethernet_of(h)), value); }
static void inner_id(coven_headers *h, const char *value) { coven_vlan_set_id(coven_vlan_inner(h), (uint16_t)number_of(value)); }
static void inner_priority(coven_headers *h, const char *value) { coven_vlan_set_priority(coven_vlan_inner(h), (uint8_t)number_of(value)); }

static const struct { const char *name; setter *set; } setters[] = {
    {"ethernet.destination", ethernet_destination}, {"ethernet.source", ethernet_source}, {"vlan.id", vlan_id}, {"vlan.priority", vlan_priority},
    {"vlan.inner.id", inner_id}, {"vlan.inner.priority", inner_priority}, {"ipv4.source", ipv4_source}, {"ipv4.destination", ipv4_destination},
    {"ipv4.ttl", ipv4_ttl}, {"ipv4.dscp", ipv4_dscp}, {"ipv4.ecn", ipv4_ecn}, {"ipv4.identification", ipv4_identification}, {"ipv6.source", ipv6_source},
    {"ipv6.destination", ipv6_destination}, {"ipv6.hop_limit", ipv6_hop_limit}, {"ipv6.dscp", ipv6_dscp}, {"ipv6.ecn", ipv6_ecn},
    {"ipv6.flow_label", ipv6_flow_label}, {"tcp.source_port", tcp_source_port}, {"tcp.destination_port", tcp_destination_port},
    {"tcp.sequence", tcp_sequence}, {"tcp.acknowledgment", tcp_acknowledgment}, {"tcp.flags", tcp_flags}, {"tcp.window", tcp_window},
    {"udp.source_port", udp_source_port}, {"udp.destination_port", udp_destination_port}, {"icmp.type", icmp_type}, {"icmp.code", icmp_code}};

static void set_field(coven_headers *h, const char *vector, const char *name, const char *value) {
    for (unsigned i = 0; i < sizeof setters / sizeof *setters; i++)
        if (!strcmp(setters[i].name, name)) return setters[i].set(h, value);
    check_vector(false, vector, name);
}

static void mark_partial(coven_packet *packet, const char *partial) {
    uint8_t *meta = packet->context - COVEN_META_OFF_CONTEXT;
    uint16_t flags = COVEN_META_FLAG_CSUM_PARTIAL, start = (uint16_t)number_in(partial, "start"), offset = (uint16_t)number_in(partial, "offset");
    memcpy(meta + COVEN_META_OFF_FLAGS, &flags, 2);
    memcpy(meta + COVEN_META_OFF_CSUM_START, &start, 2), memcpy(meta + COVEN_META_OFF_CSUM_OFFSET, &offset, 2);
}

static void do_step(const char *vector, const char *step, coven_packet *packet, coven_headers *h) {
    const char *set = member(step, "set"), *put = member(step, "put"), *update = member(step, "update_checksums");
    if (set) set_field(h, vector, text_of(set), member(step, "value"));
    if (put) {
        bytes content = bytes_of(put);
        memcpy(packet->data + number_in(step, "at"), content.at, content.length);
    }
    if (update) check_vector(coven_update_checksums(h) == number_of(update), vector, "update_checksums");
}

TEST(write_vectors) {
    unsigned count = 0;
    for (const char *vector = vectors_of("writes.json"); vector; vector = next_of(vector), count++) {
        bytes before = bytes_of(member(vector, "packet")), after = bytes_of(member(vector, "output"));
        coven_packet *packet = hold(&room, &before);
        if (member(vector, "partial")) mark_partial(packet, member(vector, "partial"));
        coven_headers h = coven_headers_of(packet);
        for (const char *step = first_of(member(vector, "steps")); step; step = next_of(step)) do_step(vector, step, packet, &h);
        check_vector(after.length == packet->length && !memcmp(after.at, packet->data, after.length), vector, "output");
    }
    CHECK(count > 150);
}

TEST(headers_stop_at_eight_extensions) {
    bytes frame = {.length = 14 + 40 + 9 * 8 + 8, .at = {[12] = 0x86, 0xDD, 0x60}};
    frame.at[19] = 9 * 8 + 8, frame.at[20] = 60; /* nine times destination options, then UDP */
    for (unsigned i = 0; i < 9; i++) frame.at[54 + i * 8] = i < 8 ? 60 : COVEN_UDP;
    coven_headers h = coven_headers_of(hold(&room, &frame));
    CHECK(coven_ipv6_of(&h) && !coven_udp_of(&h));
    EQUAL(coven_ipv6_next_header(coven_ipv6_of(&h)), 60);
    frame.at[54 + 7 * 8] = COVEN_UDP;
    h = coven_headers_of(hold(&room, &frame));
    CHECK(coven_udp_of(&h) != NULL);
}

TEST(checksum_of_rfc_1071) {
    const uint8_t words[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x80}; /* the example of section 3, and an odd byte */
    EQUAL(coven_checksum(words, 8), 0xFFFF & ~0xddf2);
    EQUAL(coven_checksum(words, 9), 0xFFFF & ~(0xddf2 + 0x8000 - 0xFFFF));
}
