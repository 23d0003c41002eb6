/* The 5-tuple of a packet. */
#include <arpa/inet.h>
#include <coven/flow.h>
#include <stdio.h>

bool coven_flow_from(const coven_headers *h, coven_flow *flow) {
    *flow = (coven_flow){.protocol = h->protocol, .version = h->version};
    if (!h->version) return false;
    unsigned size = h->version == 4 ? 4 : 16;
    const uint8_t *source = h->ip + (h->version == 4 ? 12 : 8);
    memcpy(flow->source, source, size);
    memcpy(flow->destination, source + size, size);
    if (h->fragment || (h->kind != COVEN_TCP && h->kind != COVEN_UDP)) return true;
    flow->source_port = coven_load16_(h->transport);
    flow->destination_port = coven_load16_(h->transport + 2);
    return true;
}

bool coven_flow_of(const coven_packet *packet, coven_flow *flow) {
    coven_headers headers = coven_headers_of(packet);
    return coven_flow_from(&headers, flow);
}

coven_flow coven_flow_reversed(const coven_flow *flow) {
    coven_flow other = *flow;
    memcpy(other.source, flow->destination, sizeof other.source);
    memcpy(other.destination, flow->source, sizeof other.destination);
    other.source_port = flow->destination_port;
    other.destination_port = flow->source_port;
    return other;
}

static const char *protocol_text(uint8_t protocol, char text[8]) {
    static const struct { uint8_t number; const char *name; } names[] = {{COVEN_ICMP, "icmp"}, {COVEN_TCP, "tcp"}, {COVEN_UDP, "udp"}, {COVEN_ICMP6, "icmp6"}};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == protocol) return names[i].name;
    snprintf(text, 8, "%u", protocol);
    return text;
}

static void end_text(const coven_flow *flow, const uint8_t *address, unsigned port, char text[COVEN_ADDRESS_TEXT + 10]) {
    char plain[COVEN_ADDRESS_TEXT];
    inet_ntop(flow->version == 4 ? AF_INET : AF_INET6, address, plain, sizeof plain);
    if (!flow->source_port && !flow->destination_port) snprintf(text, COVEN_ADDRESS_TEXT + 10, "%s", plain);
    else snprintf(text, COVEN_ADDRESS_TEXT + 10, flow->version == 4 ? "%s:%u" : "[%s]:%u", plain, port);
}

const char *coven_flow_text(const coven_flow *flow, char text[COVEN_FLOW_TEXT]) {
    char protocol[8], source[COVEN_ADDRESS_TEXT + 10], destination[COVEN_ADDRESS_TEXT + 10];
    end_text(flow, flow->source, flow->source_port, source);
    end_text(flow, flow->destination, flow->destination_port, destination);
    snprintf(text, COVEN_FLOW_TEXT, "%s %s > %s", protocol_text(flow->protocol, protocol), source, destination);
    return text;
}
