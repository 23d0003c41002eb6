/* Flows: the keys of spec/vectors/sdk/headers.json, and tables. */
#include "../../src/items.h"
#include "vectors.h"
#include <coven/flow.h>

static loose room;

TEST(flow_vectors) {
    char text[COVEN_FLOW_TEXT];
    for (const char *vector = vectors_of("headers.json"); vector; vector = next_of(vector)) {
        bytes packet = bytes_of(member(vector, "packet"));
        const char *wanted = member(vector, "flow");
        coven_flow flow, back;
        bool there = coven_flow_of(hold(&room, &packet), &flow);
        check_vector(there == !is_null(wanted), vector, "flow");
        if (!there || is_null(wanted)) continue;
        back = coven_flow_reversed(&flow);
        check_vector(!strcmp(coven_flow_text(&flow, text), text_of(member(wanted, "text"))), vector, text);
        check_vector(!strcmp(coven_flow_text(&back, text), text_of(member(wanted, "reversed"))), vector, text);
        check_vector(flow.protocol == number_in(wanted, "protocol") && flow.source_port == number_in(wanted, "source_port"), vector, "numbers");
        back = coven_flow_reversed(&back);
        check_vector(coven_flow_equal(&flow, &back), vector, "reversed twice");
    }
}

static coven_flow number(uint32_t n) {
    coven_flow flow = {.version = 4, .protocol = COVEN_UDP, .source = {10}, .destination = {10, 0, 0, 1}, .source_port = 5, .destination_port = 6};
    memcpy(flow.source + 1, &n, 3);
    return flow;
}

static uint64_t *put(coven_flow_table *t, uint32_t n, uint64_t second) {
    coven_flow flow = number(n);
    return coven_flow_table_put(t, &flow, second * 1000000000);
}

static uint64_t *get(coven_flow_table *t, uint32_t n, uint64_t second) {
    coven_flow flow = number(n);
    return coven_flow_table_get(t, &flow, second * 1000000000);
}

static uint64_t shown(const char *name) {
    item_ref item;
    CHECK(item_find(name, &item));
    return item.own ? item.own->value : 0;
}

TEST(flow_table_keeps_what_is_used) {
    coven_flow_table *t = coven_flow_table_new("kept", 3, 10, false, sizeof(uint64_t));
    *put(t, 1, 0) = 100, *put(t, 2, 1) = 200, *put(t, 3, 2) = 300;
    EQUAL(*get(t, 1, 3), 100);
    EQUAL(*put(t, 4, 4), 0); /* 2 goes: unused for longest */
    CHECK(!get(t, 2, 4) && get(t, 1, 4) && get(t, 3, 4));
    EQUAL(shown("kept_evicted"), 1), EQUAL(shown("kept_flows"), 3);
    CHECK(get(t, 4, 13) && !get(t, 1, 14)); /* time-out: 10 s after the last use */
    EQUAL(shown("kept_expired"), 2), EQUAL(coven_flow_table_size(t), 1);
    CHECK(get(t, 4, 5)); /* a packet from the past does not turn time back */
    CHECK(get(t, 4, 23) && !get(t, 4, 33));
    EQUAL(coven_flow_table_size(t), 0);
    coven_flow_table_free(t);
}

TEST(flow_table_of_conversations) {
    coven_flow_table *one = coven_flow_table_new("one", 8, 0, false, 8), *both = coven_flow_table_new("both", 8, 0, true, 8);
    coven_flow flow = number(7), back = coven_flow_reversed(&flow);
    *put(one, 7, 0) = *put(both, 7, 0) = 7;
    CHECK(!coven_flow_table_get(one, &back, 0));
    uint64_t *value = coven_flow_table_get(both, &back, 0);
    CHECK(value && *value == 7);
    EQUAL(coven_flow_table_put(both, &back, 0) == value, true);
    EQUAL(coven_flow_table_size(both), 1);
    CHECK(coven_flow_table_remove(both, &back) && !coven_flow_table_remove(both, &flow));
    CHECK(!coven_flow_table_remove(one, &back) && coven_flow_table_remove(one, &flow));
    coven_flow_table_free(one), coven_flow_table_free(both);
}

TEST(flow_table_from_the_latest) {
    coven_flow_table *t = coven_flow_table_new("order", 8, 100, true, 8);
    for (uint32_t n = 1; n <= 5; n++) *put(t, n, n) = n;
    get(t, 2, 6);
    const uint64_t wanted[] = {2, 5, 4, 3, 1};
    unsigned at = 0;
    void *value;
    for (const coven_flow *flow = NULL; (flow = coven_flow_table_next(t, flow, &value)); at++) EQUAL(*(uint64_t *)value, wanted[at]);
    EQUAL(at, 5);
    coven_flow_table_free(t);
}

TEST(flow_table_refuses_what_it_cannot_be) {
    CHECK(!coven_flow_table_new("none", 0, 1, true, 8));
    CHECK(!coven_flow_table_new("huge", UINT32_MAX, 1, true, 8));
    CHECK(!coven_flow_table_new("past", 1, -1, true, 8));
}

/* Against a plain array, over random operations: hash, chains, list and sizes agree. */
TEST(flow_table_is_as_an_array) {
    enum { ALL = 64, CAPACITY = 16 };
    coven_flow_table *t = coven_flow_table_new("model", CAPACITY, 0, false, 8);
    uint64_t used[ALL] = {0}, seed = 42, clock = 1;
    for (unsigned i = 0; i < 20000; i++, clock++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint32_t n = seed >> 40 & (ALL - 1), size = 0, oldest = 0;
        for (uint32_t m = 0; m < ALL; m++) {
            size += used[m] != 0;
            if (used[m] && (!used[oldest] || used[m] < used[oldest])) oldest = m;
        }
        EQUAL(coven_flow_table_size(t), size);
        coven_flow flow = number(n);
        switch (seed >> 33 & 3) {
        case 0: EQUAL(coven_flow_table_remove(t, &flow), used[n] != 0), used[n] = 0; break;
        case 1: EQUAL(get(t, n, 0) != NULL, used[n] != 0), used[n] = used[n] ? clock : 0; break;
        default:
            if (!used[n] && size == CAPACITY) used[oldest] = 0;
            EQUAL(*put(t, n, 0), used[n] ? n + 1 : 0);
            *get(t, n, 0) = n + 1;
            used[n] = clock;
        }
    }
    coven_flow_table_free(t);
}
