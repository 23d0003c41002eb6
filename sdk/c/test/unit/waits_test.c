/* spec/vectors/sdk/waits.json, and the same in coven_wait. */
#include "vectors.h"

static uint32_t profile_of(const char *name) {
    return !strcmp(name, "power") ? COVEN_PROFILE_POWER : !strcmp(name, "latency") ? COVEN_PROFILE_LATENCY : COVEN_PROFILE_BALANCED;
}

static void follow(const char *vector) {
    cvn_waits waits;
    cvn_waits_begin(&waits, profile_of(text_of(member(vector, "profile"))), (uint32_t)number_in(vector, "spin_ns"));
    check_vector((cvn_waits_spin_ns(&waits) > 0) == number_in(vector, "first"), vector, "first");
    for (const char *wait = first_of(member(vector, "waits")); wait; wait = next_of(wait)) {
        cvn_waits_ended(&waits, number_in(wait, "ns"), number_in(wait, "slept"));
        check_vector(waits.mean == number_in(wait, "mean"), vector, "mean");
        check_vector((cvn_waits_spin_ns(&waits) > 0) == number_in(wait, "spins"), vector, "spins");
    }
}

TEST(waits_by_the_vectors) {
    const char *vector = vectors_of("waits.json");
    CHECK(vector != NULL);
    for (; vector; vector = next_of(vector)) follow(vector);
}

static peer p;

TEST(waits_are_learnt_from) {
    open_channel(&p, (options){.spin_ns = 4000000000u});
    EQUAL(coven_wait(-1, 1), 0); /* nothing is known: it sleeps */
    EQUAL(shared_counter(&p, COVEN_COUNTER_PARKS), 1);
    post_raw(&p, &p.edges[0], frame_descriptor(1, 320, 60));
    for (unsigned i = 0; i < 40; i++) EQUAL(coven_wait(-1, -1), 1);
    CHECK(cvn_waits_spin_ns(&cvn.waits) > 0);
    close_channel(&p);
}
