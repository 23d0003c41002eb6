/* Where a packet goes: by lane and output, and by flow where several edges share both (spec/channel.md section 4, `fan_out`). */
#include "channel.h"
#include <string.h>

#define WEIGHT_MAX 256u

static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* Weighted rendezvous with whole weights: an edge of weight w draws w times for a bucket, and its best draw counts. */
static uint64_t draw(const cvn_end *end, unsigned bucket, uint32_t weight) {
    uint64_t best = 0;
    for (uint32_t i = 0; i < weight; i++) {
        uint64_t drawn = mix(((uint64_t)end->seed << 32 | bucket << 16 | i) + 0x9E3779B97F4A7C15u);
        if (drawn > best) best = drawn;
    }
    return best;
}

static bool together(const cvn_end *a, const cvn_end *b) {
    return b->role == COVEN_ROLE_OUT && a->output == b->output && a->lane == b->lane;
}

static uint32_t weight_of(const cvn_end *end, bool weighted) {
    if (!weighted) return 1;
    return end->weight < WEIGHT_MAX ? end->weight : WEIGHT_MAX;
}

/* Weight 0 takes no new flows, unless no replica has a weight. */
static bool is_weighted(const cvn_table *table, const cvn_end *first) {
    for (unsigned i = 0; i < table->count; i++)
        if (together(first, &table->ends[i]) && table->ends[i].weight) return true;
    return false;
}

static void plan_fan(cvn_table *table, const cvn_end *first, uint8_t *fan) {
    bool weighted = is_weighted(table, first);
    for (unsigned bucket = 0; bucket < CVN_BUCKETS; bucket++) {
        uint64_t best = 0;
        fan[bucket] = first->index;
        for (unsigned i = 0; i < table->count; i++) {
            if (!together(first, &table->ends[i])) continue;
            uint64_t drawn = draw(&table->ends[i], bucket, weight_of(&table->ends[i], weighted));
            if (drawn <= best) continue;
            best = drawn;
            fan[bucket] = (uint8_t)i;
        }
    }
}

void cvn_plan_routes(cvn_table *table) {
    memset(table->route, CVN_NO_ROUTE, sizeof table->route);
    for (unsigned i = 0; i < table->count; i++) {
        cvn_end *end = &table->ends[i];
        if (end->role != COVEN_ROLE_OUT) continue;
        uint8_t *route = &table->route[end->lane][end->output];
        if (*route == CVN_NO_ROUTE) {
            *route = end->index;
        } else if (!(*route & CVN_FAN)) {
            plan_fan(table, &table->ends[*route], table->fan[table->fan_count]);
            *route = (uint8_t)(CVN_FAN | table->fan_count++);
        }
    }
}
