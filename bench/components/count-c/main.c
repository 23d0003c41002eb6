/* Reads the EtherType of every packet and counts IPv4, a burst at a time. */
#include <coven/nf.h>

COVEN_COUNTER(ipv4, "packets", "packets whose EtherType is IPv4")

static void count(coven_packet *packets, unsigned number, void *state) {
    uint64_t seen = 0;
    (void)state;
    for (unsigned i = 0; i < number; i++) seen += packets[i].length >= 14 && (packets[i].data[12] << 8 | packets[i].data[13]) == 0x0800;
    coven_add(&ipv4, seen);
}

int main(void) { return coven_run_burst(count, NULL); }
