#include <coven/nf.h>

COVEN_COUNTER(seen, "packets", "packets that came");

static void last(coven_packet *packets, unsigned count, void *state) {
    (void)state;
    coven_add(&seen, count);
    for (unsigned i = 0; i < count; i++) {
        coven_packet copy;
        if (packets[i].data[14] != 6 || !coven_packet_clone(&copy, &packets[i])) continue;
        copy.data[15] = 1;
        coven_send(&copy, COVEN_FORWARD);
    }
}

int main(void) { return coven_run_burst(last, NULL); }
