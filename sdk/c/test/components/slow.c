/* Takes about a microsecond for a packet, so that a kill finds it with packets in its hands. */
#include <coven/nf.h>

static coven_verdict slow(coven_packet *packet, void *state) {
    uint64_t *sum = state;
    for (unsigned round = 0; round < 8; round++)
        for (uint32_t i = 0; i < packet->length; i++) *sum = *sum * 31 + packet->data[i];
    return COVEN_FORWARD;
}

int main(void) {
    uint64_t sum = 0;
    return coven_run(slow, &sum);
}
