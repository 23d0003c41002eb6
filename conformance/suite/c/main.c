#include <coven/nf.h>
#include <stdio.h>

COVEN_COUNTER(seen, "packets", "packets that came");
COVEN_SETTING(mark, 7, "", "what is added to the context");
static int say(const char *argument, char *reply, size_t size, void *state) { (void)state; return snprintf(reply, size, "\"%s\"", argument) < 0; }
COVEN_COMMAND(echo, say, "gives back its argument");
static coven_verdict verdicts[4];

static coven_verdict decide(coven_packet *packet, void *state) {
    (void)state;
    coven_add(&seen, 1);
    packet->context[1] = (uint8_t)(packet->context[0] + coven_value(&mark));
    return verdicts[packet->data[14] & 3];
}

int main(void) {
    verdicts[0] = COVEN_FORWARD, verdicts[1] = COVEN_DROP, verdicts[2] = coven_to("side"), verdicts[3] = coven_to("nowhere");
    return coven_run(decide, NULL);
}
