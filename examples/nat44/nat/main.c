/* Hosts inside share one public address (RFC 3022): source address and port of what they send are translated, and back for what comes. */
#include "quoted.h"
#include <stdio.h>

COVEN_COUNTER(out, "packets", "translated on their way out")
COVEN_COUNTER(in, "packets", "translated on their way in")
COVEN_COUNTER(unknown, "packets", "from outside to a port that nobody has; dropped")
COVEN_COUNTER(no_port, "packets", "from inside while every port was in use; dropped")
COVEN_COUNTER(untranslatable, "packets", "fragments, and what is neither TCP, UDP nor an ICMP query or error; dropped")
COVEN_GAUGE(mappings, "mappings", "ports in use")

static uint32_t public_address;

static bool set_address(coven_item *item, void *state) {
    unsigned a, b, c, d;
    char more;
    (void)state;
    if (sscanf(item->text, "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &more) != 4 || a > 255 || b > 255 || c > 255 || d > 255) return false;
    public_address = a << 24 | b << 16 | c << 8 | d;
    return true;
}
static bool set_ports(coven_item *item, void *state);
static coven_item address = {.name = "address", .kind = "setting", .type = "string", .help = "the public address", .accept = set_address, .text = "192.0.2.1"};
static coven_item first_port = {.name = "first_port", .kind = "setting", .type = "integer", .unit = "port", .help = "the first port of the block; a change forgets all mappings", .value = 1024, .accept = set_ports};
static coven_item ports = {.name = "ports", .kind = "setting", .type = "integer", .unit = "ports", .help = "how many, for TCP, UDP and ICMP each", .value = 64512, .accept = set_ports};

/* Their values are the new ones while they are asked. The block may hang over the end meanwhile: they are set one after the other. */
static bool set_ports(coven_item *item, void *state) {
    int64_t first = coven_value(&first_port), count = coven_value(&ports);
    (void)item, (void)state;
    if (first < 1 || first > 65535 || count < 1 || count > 65535) return false;
    mappings_reset((uint16_t)first, (uint32_t)(count <= 65536 - first ? count : 65536 - first));
    return true;
}

static void follow(mapping *m, coven_headers *headers, bool inwards) {
    coven_tcp *tcp = coven_tcp_of(headers);
    if (!tcp) return;
    if (inwards) m->answered = true;
    if (coven_tcp_flags(tcp) & (COVEN_TCP_FIN | COVEN_TCP_RST)) m->closing = true;
    else if (coven_tcp_flags(tcp) & COVEN_TCP_SYN) m->closing = false;
}

enum what { QUERY, ERROR, TRANSPORT, NOTHING };
enum { ECHO = 8, ECHO_REPLY = 0, UNREACHABLE = 3, TIME_EXCEEDED = 11, PARAMETER_PROBLEM = 12 };

/* The identifier of an ICMP query stands before what is the payload. */
static uint8_t *identifier(coven_headers *headers) {
    uint32_t length;
    return coven_payload_of(headers, &length) - 4;
}

static enum what read_icmp(coven_headers *headers, coven_icmp *icmp, bool source, uint16_t *port) {
    uint8_t type = coven_icmp_type(icmp);
    *port = load16(identifier(headers));
    if (type == (source ? ECHO : ECHO_REPLY)) return QUERY;
    return type == UNREACHABLE || type == TIME_EXCEEDED || type == PARAMETER_PROBLEM ? ERROR : NOTHING;
}

/* What can be translated: its kind, and the port of its source or destination. */
static enum what read_port(coven_headers *headers, coven_ipv4 *ip, bool source, enum kind *kind, uint16_t *port) {
    coven_tcp *tcp = coven_tcp_of(headers);
    coven_udp *udp = coven_udp_of(headers);
    coven_icmp *icmp = coven_icmp_of(headers);
    if (coven_ipv4_more_fragments(ip) || coven_ipv4_fragment_offset(ip)) return NOTHING;
    *kind = tcp ? KIND_TCP : udp ? KIND_UDP : KIND_ICMP;
    if (tcp) *port = source ? coven_tcp_source_port(tcp) : coven_tcp_destination_port(tcp);
    else if (udp) *port = source ? coven_udp_source_port(udp) : coven_udp_destination_port(udp);
    else return icmp ? read_icmp(headers, icmp, source, port) : NOTHING;
    return TRANSPORT;
}

static void write_port(coven_headers *headers, bool source, uint16_t port) {
    coven_tcp *tcp = coven_tcp_of(headers);
    coven_udp *udp = coven_udp_of(headers);
    if (tcp && source) coven_tcp_set_source_port(tcp, port);
    else if (tcp) coven_tcp_set_destination_port(tcp, port);
    else if (udp && source) coven_udp_set_source_port(udp, port);
    else if (udp) coven_udp_set_destination_port(udp, port);
    else store16(identifier(headers), port), coven_update_checksums(headers);
}

static coven_verdict dropped(coven_counter *counter) { return coven_add(counter, 1), COVEN_DROP; }

static coven_verdict outwards(coven_headers *headers, coven_ipv4 *ip, uint64_t now) {
    enum kind kind;
    uint16_t port, given;
    enum what what = read_port(headers, ip, true, &kind, &port);
    if (what == NOTHING) return dropped(&untranslatable);
    if (what == ERROR) return quoted_out(headers, public_address, now) ? coven_add(&out, 1), COVEN_FORWARD : dropped(&untranslatable);
    mapping *m = mapping_out(kind, (end){coven_ipv4_source(ip), port}, now, &given);
    if (!m) return dropped(&no_port);
    follow(m, headers, false);
    coven_ipv4_set_source(ip, public_address);
    write_port(headers, true, given);
    coven_add(&out, 1), coven_set(&mappings, mappings_in_use());
    return COVEN_FORWARD;
}

static coven_verdict inwards(coven_headers *headers, coven_ipv4 *ip, uint64_t now) {
    enum kind kind;
    uint16_t port;
    enum what what = read_port(headers, ip, false, &kind, &port);
    if (what == NOTHING) return dropped(&untranslatable);
    if (what == ERROR) return quoted_in(headers, public_address, now) ? coven_add(&in, 1), COVEN_FORWARD : dropped(&unknown);
    mapping *m = mapping_in(kind, port, now);
    if (!m) return dropped(&unknown);
    m->used_ns = now;
    follow(m, headers, true);
    coven_ipv4_set_destination(ip, m->inside.address);
    write_port(headers, false, m->inside.port);
    coven_add(&in, 1), coven_set(&mappings, mappings_in_use());
    return COVEN_FORWARD;
}

/* What is no IPv4 (ARP, IPv6) goes through. */
static coven_verdict nat(coven_packet *packet, void *state) {
    coven_headers headers = coven_headers_of(packet);
    coven_ipv4 *ip = coven_ipv4_of(&headers);
    (void)state;
    if (!ip) return COVEN_FORWARD;
    bool coming = coven_ipv4_destination(ip) == public_address;
    return coming ? inwards(&headers, ip, coven_time_ns(packet)) : outwards(&headers, ip, coven_time_ns(packet));
}

int main(void) {
    coven_item *settings[] = {&address, &first_port, &ports};
    for (unsigned i = 0; i < 3; i++) coven_publish(settings[i]);
    set_address(&address, NULL), set_ports(&ports, NULL);
    return coven_run(nat, NULL);
}
