/* Keeps packets away from one port. */
#include <coven/context.h>
#include <coven/flow.h>
#include <coven/headers.h>
#include <coven/nf.h>

COVEN_SETTING(port, 8080, "", "packets to this port are kept away");
COVEN_COUNTER(dropped, "packets", "packets to the port, but for the first of each flow");

typedef struct filter {
    coven_flow_table *knocks; /* flows to the port, with their packets; one is forgotten after 60 s without any */
    coven_field service;
    coven_verdict watch;
} filter;

static filter filter_new(void) {
    return (filter){coven_flow_table_new("knocks", 4096, 60, true, sizeof(uint32_t)), coven_context_field("service"), coven_to("watch")};
}

static coven_verdict decide(coven_packet *packet, void *state) {
    filter *my = state;
    coven_headers headers = coven_headers_of(packet);
    coven_tcp *tcp = coven_tcp_of(&headers);
    coven_udp *udp = coven_udp_of(&headers);
    coven_flow flow;
    if ((!tcp && !udp) || !coven_flow_from(&headers, &flow)) return COVEN_FORWARD;
    uint16_t to = tcp ? coven_tcp_destination_port(tcp) : coven_udp_destination_port(udp);
    coven_field_set(packet, my->service, to);
    if (to != coven_value(&port)) return COVEN_FORWARD;
    uint32_t *packets = coven_flow_table_put(my->knocks, &flow, coven_time_ns(packet));
    if (++*packets == 1) return my->watch;
    coven_add(&dropped, 1);
    return COVEN_DROP;
}

int main(void) {
    filter my = filter_new();
    return my.knocks ? coven_run(decide, &my) : 1;
}
