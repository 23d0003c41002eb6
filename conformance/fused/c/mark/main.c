#include <coven/context.h>
#include <coven/nf.h>
#include "rule.h"

COVEN_COUNTER(seen, "packets", "packets that came");
static coven_field field;
static coven_verdict away, shortly;

coven_verdict decide(coven_packet *packet, void *state) { /* not static: the next one has one of the same name */
    (void)state;
    coven_add(&seen, 1);
    coven_field_set(packet, field, seal(packet));
    return packet->data[14] == 4 ? away : packet->data[14] == 5 ? shortly : COVEN_FORWARD;
}

int main(void) {
    field = coven_context_field("seal");
    away = coven_to("away"), shortly = coven_to("short");
    return coven_run(decide, NULL);
}
