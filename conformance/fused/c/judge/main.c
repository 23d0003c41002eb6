#include <coven/context.h>
#include <coven/nf.h>
#include <stdio.h>
#include "rule.h"

COVEN_COUNTER(seen, "packets", "packets that came");
COVEN_COUNTER(matched, "packets", "packets with the seal that they should have");
COVEN_SETTING(level, 1, "", "a setting");
static coven_field field;
static coven_verdict side;

static int give_back(const char *argument, char *reply, size_t size, void *state) {
    (void)state;
    return snprintf(reply, size, "\"%s\"", argument) < 0;
}
COVEN_COMMAND(echo, give_back, "gives back its argument");

coven_verdict decide(coven_packet *packet, void *state) {
    (void)state;
    coven_add(&seen, 1);
    coven_add(&matched, fits(packet, field));
    const coven_verdict verdicts[] = {[1] = COVEN_DROP, [2] = side, [3] = 7};
    return packet->data[14] <= 3 ? verdicts[packet->data[14]] : COVEN_FORWARD;
}

int main(void) {
    field = coven_context_field("seal");
    side = coven_to("side");
    return coven_run(decide, NULL);
}
