/* Sends a copy of every packet to output 1, a new packet of its own for every fourth, and grows and shrinks what passes. */
#include <coven/nf.h>
#include <string.h>

static coven_verdict twin(coven_packet *packet, void *state) {
    static uint64_t count;
    coven_packet copy;
    (void)state;
    if (coven_packet_clone(&copy, packet)) coven_send(&copy, 1);
    if (++count % 4 == 0 && coven_packet_new(&copy, 100, packet)) {
        memset(copy.data, 0xAA, copy.length);
        coven_send(&copy, count % 8 ? 1 : COVEN_DROP);
    }
    if (coven_grow_front(packet, 16)) coven_grow_front(packet, -16);
    if (coven_grow_back(packet, 100)) coven_grow_back(packet, -100);
    return COVEN_FORWARD;
}

int main(void) { return coven_run(twin, NULL); }
