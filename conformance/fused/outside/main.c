#include <coven/nf.h>

COVEN_COUNTER(seen, "packets", "packets that came");

static coven_verdict pass(coven_packet *packet, void *state) {
    (void)packet, (void)state;
    coven_add(&seen, 1);
    return COVEN_FORWARD;
}

int main(void) { return coven_run(pass, NULL); }
