/* A packet filter as it might have been written before there was NSH: no telnet over UDP. */
#include <coven/nf.h>

enum { ether_type = 12, ip = 14, protocol = ip + 9, udp_destination = ip + 20 + 2, telnet = 23 };

COVEN_COUNTER(refused, "packets", "packets to port 23 that were dropped");

static unsigned u16(const coven_packet *packet, unsigned at) { return (unsigned)packet->data[at] << 8 | packet->data[at + 1]; }

static coven_verdict gate(coven_packet *packet, void *state) {
    (void)state;
    if (packet->length < udp_destination + 2 || u16(packet, ether_type) != 0x0800 || packet->data[protocol] != 17) return COVEN_FORWARD;
    if (u16(packet, udp_destination) != telnet) return COVEN_FORWARD;
    coven_add(&refused, 1);
    return COVEN_DROP;
}

int main(void) { return coven_run(gate, NULL); }
