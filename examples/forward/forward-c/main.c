/* Passes every packet on. */
#include <coven/nf.h>

static coven_verdict forward(coven_packet *packet, void *state) {
    (void)packet, (void)state;
    return COVEN_FORWARD;
}

int main(void) { return coven_run(forward, NULL); }
