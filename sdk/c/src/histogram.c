/* Histograms of whole numbers. */
#include "channel.h"

enum { POWERS = 32 };

static void state_powers(coven_histogram *h) {
    for (h->bound_count = 0; h->bound_count < POWERS; h->bound_count++) h->bounds[h->bound_count] = 1ull << h->bound_count;
}

void coven_publish_histogram(coven_histogram *h) {
    bool good = h->bound_count <= COVEN_HISTOGRAM_BOUNDS;
    for (unsigned i = 1; good && i < h->bound_count; i++) good = h->bounds[i] > h->bounds[i - 1];
    if (!good) fprintf(cvn_log(), "agent: histogram %s: at most %d bounds, each above the one before; it has powers of two\n", h->item.name, COVEN_HISTOGRAM_BOUNDS);
    if (!good || !h->bound_count) state_powers(h);
    coven_publish(&h->item);
}

/* The first bound that is not below the value. */
void coven_record(coven_histogram *h, uint64_t value) {
    unsigned low = 0, high = h->bound_count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (h->bounds[middle] < value) low = middle + 1;
        else high = middle;
    }
    h->count++;
    h->sum += value;
    if (low < h->bound_count) h->buckets[low]++;
}
