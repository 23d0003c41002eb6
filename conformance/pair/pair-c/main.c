/* Writes the context of a packet that has none, else checks it: byte i is payload byte i + i, byte 15 is 1. */
#include <coven/nf.h>

COVEN_COUNTER(written, "packets", "contexts written");
COVEN_COUNTER(matched, "packets", "contexts as the other component wrote them");
COVEN_COUNTER(mismatched, "packets", "contexts that are not");

static uint8_t expected(const coven_packet *packet, int i) { return i == 15 ? 1 : (uint8_t)(packet->data[14 + i] + i); }

static coven_verdict pair(coven_packet *packet, void *state) {
    (void)state;
    bool first = packet->context[15] == 0, same = true;
    for (int i = 0; i < 16; i++) {
        if (first) packet->context[i] = expected(packet, i);
        else same &= packet->context[i] == expected(packet, i);
    }
    coven_add(first ? &written : same ? &matched : &mismatched, 1);
    return COVEN_FORWARD;
}

int main(void) { return coven_run(pair, NULL); }
