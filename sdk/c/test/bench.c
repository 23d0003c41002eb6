/* What the library costs a packet when nothing misses the cache: one thread is both the data plane and the component.
 * Prints nanoseconds for pass, take and finish together, the least of several rounds. */
#include "unit/unit.h"
#include <stdlib.h>

#define ROUNDS 10000u
#define FILL 512u

void check(bool good, const char *text, const char *file, int line) {
    if (good) return;
    fprintf(stderr, "%s:%d: %s\n", file, line, text);
    exit(1);
}

void check_equal(uint64_t got, uint64_t wanted, const char *text, const char *file, int line) { check(got == wanted, text, file, line); }
void check_text(const char *got, const char *wanted, const char *file, int line) { check(!strcmp(got, wanted), got, file, line); }
void add_test(test *one) { (void)one; }

static void post_burst(peer *p, edge *e, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        atomic_store_explicit(at64(p, e->at + COVEN_RING_OFF_SLOTS) + ((e->cursor + i) & ((1u << e->cap_log2) - 1)), frame_descriptor(i, 320, 60), memory_order_relaxed);
    atomic_store_explicit(at32(p, e->at), e->cursor += size, memory_order_release);
}

/* A ring full of packets at a time, so that reading the clock costs next to nothing. */
static uint64_t fill_time(peer *p, unsigned size) {
    coven_packet packets[64];
    post_burst(p, &p->edges[0], FILL);
    uint64_t start = now_ns();
    for (unsigned left = FILL; left; left -= size) {
        coven_pass();
        coven_finish(packets, coven_take(packets, size));
    }
    uint64_t spent = now_ns() - start;
    atomic_store_explicit(at32(p, p->edges[1].at + COVEN_RING_OFF_TAIL), p->edges[1].cursor += FILL, memory_order_release);
    return spent;
}

int main(void) {
    static const unsigned sizes[] = {1, 8, 16, 32, 64};
    for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        peer p;
        uint64_t best = UINT64_MAX;
        open_channel(&p, (options){0});
        for (unsigned i = 0; i < ROUNDS; i++) {
            uint64_t spent = fill_time(&p, sizes[s]);
            if (spent < best) best = spent;
        }
        printf("burst %2u: %5.2f ns a packet\n", sizes[s], (double)best / FILL);
        close_channel(&p);
    }
}
