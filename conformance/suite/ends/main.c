/* Before the component in question: writes the context. Behind it: shows context byte 1 in byte 16, after a rest of `pause_us`. */
#include <coven/nf.h>
#include <unistd.h>

COVEN_SETTING(pause_us, 0, "us", "rest with every packet");

static coven_verdict end(coven_packet *packet, void *state) {
    (void)state;
    if (coven_value(&pause_us)) usleep((useconds_t)coven_value(&pause_us));
    if (packet->context[15]) packet->data[16] = packet->context[1];
    else packet->context[0] = packet->data[15], packet->context[1] = (uint8_t)~packet->data[15], packet->context[15] = 1;
    return COVEN_FORWARD;
}

int main(void) { return coven_run(end, NULL); }
