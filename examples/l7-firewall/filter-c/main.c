/* Drops what the analyzer has marked: context byte 0 is not zero. */
#include <coven/nf.h>

COVEN_COUNTER(dropped, "packets", "marked packets discarded");
COVEN_COUNTER(forwarded, "packets", "packets passed on");

static coven_verdict filter(coven_packet *packet, void *state) {
    (void)state;
    if (packet->context[0] == 0) {
        coven_add(&forwarded, 1);
        return COVEN_FORWARD;
    }
    coven_add(&dropped, 1);
    return COVEN_DROP;
}

int main(void) { return coven_run(filter, NULL); }
