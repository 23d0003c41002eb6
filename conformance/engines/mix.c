/* Does to each packet what its last bytes say: one for each of the components a, b and c. What it does depends on nothing else. */
#include <coven/nf.h>
#include <stdlib.h>
#include <string.h>

enum { FORWARD, DROP, TO_X, TO_Y, CHANGE, GROW_FRONT, CUT_FRONT, GROW_BACK, CLONE, CONTEXT, OPERATIONS };
enum { TRAILER = 8, HEADER = 14 };

static unsigned place;
static coven_verdict x, y;

static void change(coven_packet *packet) {
    for (uint32_t i = 0; i < HEADER; i++) packet->data[i] ^= (uint8_t)(i + place);
}

static void grow_front(coven_packet *packet) {
    if (coven_grow_front(packet, 6)) memset(packet->data, 0xA0 + (int)place, 6);
}

static void grow_back(coven_packet *packet) {
    if (coven_grow_back(packet, TRAILER)) memcpy(packet->data + packet->length - TRAILER, packet->data + packet->length - 2 * TRAILER, TRAILER);
}

/* Only `a` clones: no more packets come to it than frames are lent to it at once. */
static void clone(const coven_packet *packet) {
    coven_packet copy;
    if (place == 0 && coven_packet_clone(&copy, packet)) coven_send(&copy, COVEN_FORWARD);
}

/* Each component leaves a trace that the next one of this operation writes down. */
static void show_context(coven_packet *packet) {
    packet->data[0] ^= packet->context[0];
    packet->data[1] ^= (uint8_t)coven_flow_hash(packet);
    packet->context[0] += (uint8_t)(place + 1);
}

static coven_verdict mix(coven_packet *packet, void *state) {
    (void)state;
    switch (packet->data[packet->length - 1 - place] % OPERATIONS) {
    case DROP: return COVEN_DROP;
    case TO_X: return x;
    case TO_Y: return y;
    case CHANGE: change(packet); break;
    case GROW_FRONT: grow_front(packet); break;
    case CUT_FRONT: if (packet->length > 2 * (HEADER + TRAILER)) coven_grow_front(packet, -6); break;
    case GROW_BACK: grow_back(packet); break;
    case CLONE: clone(packet); break;
    case CONTEXT: show_context(packet); break;
    default: break;
    }
    return COVEN_FORWARD;
}

int main(void) {
    place = (unsigned)(getenv("COVEN_NAME")[0] - 'a');
    x = coven_to("x");
    y = coven_to("y");
    return coven_run(mix, NULL);
}
