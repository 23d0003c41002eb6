/* Drops packets to one port. */
#include "rule.h"
#include <coven/nf.h>

COVEN_SETTING(port, 8080, "", "packets to this port are dropped");
COVEN_COUNTER(dropped, "packets", "packets to the port");

static coven_verdict filter(coven_packet *packet, void *state) {
    (void)state;
    if (destination_port(packet->data, packet->length) != (unsigned)coven_value(&port)) return COVEN_FORWARD;
    coven_add(&dropped, 1);
    return COVEN_DROP;
}

int main(void) { return coven_run(filter, NULL); }
