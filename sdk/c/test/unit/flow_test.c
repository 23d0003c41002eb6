#include "unit.h"
#include <unistd.h>

static peer p;
static coven_packet packets[64];

static unsigned pass_on(coven_verdict verdict) {
    unsigned count = coven_take(packets, 64);
    for (unsigned i = 0; i < count; i++) packets[i].verdict = verdict;
    coven_finish(packets, count);
    return count;
}

static void post_many(unsigned count) {
    for (unsigned i = 0; i < count; i++) post_raw(&p, &p.edges[0], frame_descriptor(i, 320, 60));
}

static edge *back(void) { return edge_with(&p, COVEN_ROLE_RETURN, 0); }

TEST(flow_packet_as_the_author_sees_it) {
    open_channel(&p, (options){.lanes = 2});
    uint64_t d = frame_descriptor(5, 400, 77) | 0x9Aull << 24;
    post_raw(&p, &p.edges[2], d);
    EQUAL(coven_take(packets, 64), 1);
    CHECK(packets[0].data == cvn.pool + 5 * 2048 + 400);
    CHECK(packets[0].context == cvn.meta + 5 * 64 + 32);
    EQUAL(packets[0].length, 77);
    EQUAL(packets[0].verdict, COVEN_FORWARD);
    coven_finish(packets, 1);
    EQUAL(fill_of(&p, &p.edges[1]), 0);
    EQUAL(newest(&p, &p.edges[3]), d); /* the same lane, the same descriptor */
    EQUAL(shared_counter(&p, COVEN_COUNTER_PACKETS_IN), 1);
    EQUAL(shared_counter(&p, COVEN_COUNTER_BYTES_IN), 77);
    EQUAL(shared_counter(&p, COVEN_COUNTER_PACKETS_OUT), 1);
    EQUAL(shared_counter(&p, COVEN_COUNTER_BYTES_OUT), 77);
    EQUAL(shared_counter(&p, COVEN_COUNTER_BURSTS), 1);
    close_channel(&p);
}

TEST(flow_verdicts) {
    open_channel(&p, (options){.outputs = 2});
    post_many(1), pass_on(1);
    EQUAL(fill_of(&p, &p.edges[2]), 1);
    post_raw(&p, &p.edges[0], frame_descriptor(3, 320, 60) | 0x55ull << 24), pass_on(COVEN_DROP);
    EQUAL(newest(&p, back()), 3 | 0x55ull << 24 | (uint64_t)COVEN_REASON_COMPONENT << 32);
    post_many(1), pass_on(2); /* no edge */
    EQUAL(newest(&p, back()) >> 32, COVEN_REASON_UNKNOWN_OUTPUT);
    post_many(1), pass_on(999); /* no output */
    EQUAL(newest(&p, back()) >> 32, COVEN_REASON_UNKNOWN_OUTPUT);
    EQUAL(shared_counter(&p, COVEN_COUNTER_PACKETS_DROPPED), 3);
    close_channel(&p);
}

TEST(flow_author_failed) {
    open_channel(&p, (options){0});
    post_many(3);
    EQUAL(coven_take(packets, 64), 3);
    coven_fail(packets, 3);
    EQUAL(newest(&p, back()) >> 32, COVEN_REASON_COMPONENT_ERROR);
    EQUAL(shared_counter(&p, COVEN_COUNTER_ERRORS), 3);
    EQUAL(shared_counter(&p, COVEN_COUNTER_PACKETS_DROPPED), 3);
    EQUAL(shared(&p, COVEN_SLOT_OFF_ERROR), COVEN_ERROR_AUTHOR);
    CHECK(coven_pass()); /* it goes on */
    close_channel(&p);
}

static void bad(uint64_t d, unsigned returned) {
    uint64_t before = shared_counter(&p, COVEN_COUNTER_BAD_DESCRIPTORS);
    unsigned held = fill_of(&p, back());
    post_raw(&p, &p.edges[0], d);
    EQUAL(coven_take(packets, 64), 0);
    coven_pass();
    EQUAL(shared_counter(&p, COVEN_COUNTER_BAD_DESCRIPTORS), before + 1);
    EQUAL(shared(&p, COVEN_SLOT_OFF_ERROR), COVEN_ERROR_BAD_DESCRIPTOR);
    EQUAL(fill_of(&p, back()) - held, returned);
    if (returned) EQUAL(newest(&p, back()) >> 32, COVEN_REASON_BAD_DESCRIPTOR);
}

TEST(flow_bad_descriptors) {
    open_channel(&p, (options){0});
    bad(frame_descriptor(1, 63, 60), 1);           /* in the engine's headroom */
    bad(frame_descriptor(1, 320, 2048 - 319), 1);  /* over the frame's end */
    bad(frame_descriptor(1, 0xFFFF, 0xFFFF), 1);
    bad(frame_descriptor(1, 320, 60) | 1 << 22, 1); /* MORE */
    bad(frame_descriptor(1, 320, 60) | 1 << 23, 1);
    bad(frame_descriptor(1024, 320, 60), 0);       /* names no frame */
    bad(frame_descriptor(0x3FFFFE, 320, 60), 0);
    post_raw(&p, &p.edges[0], frame_descriptor(1, 64, 2048 - 64)); /* the largest good one */
    EQUAL(coven_take(packets, 64), 1);
    coven_finish(packets, 1);
    close_channel(&p);
}

TEST(flow_full_edge_drops) {
    open_channel(&p, (options){.limit = 8});
    for (unsigned i = 0; i < 2; i++) post_many(8), pass_on(0);
    EQUAL(fill_of(&p, &p.edges[1]), 8);
    EQUAL(fill_of(&p, back()), 8);
    EQUAL(newest(&p, back()) >> 32, COVEN_REASON_EDGE_FULL);
    EQUAL(shared_counter(&p, COVEN_COUNTER_EDGE_FULL), 8);
    close_channel(&p);
}

/* `block`: what does not fit is held, no input is taken, and space wakes the component. */
TEST(flow_full_edge_blocks) {
    open_channel(&p, (options){.limit = 8, .block = true});
    for (unsigned i = 0; i < 2; i++) post_many(8), pass_on(0);
    post_many(1);
    EQUAL(fill_of(&p, back()), 0);
    EQUAL(cvn.held_count, 8);
    EQUAL(shared_counter(&p, COVEN_COUNTER_BLOCKED), 1);
    EQUAL(coven_take(packets, 64), 0);
    CHECK(coven_arm()); /* input waits, but only space counts */
    EQUAL(atomic_load(at32(&p, p.edges[1].at + COVEN_RING_OFF_WANT)), 1);
    coven_disarm();
    atomic_store(at32(&p, p.edges[1].at + COVEN_RING_OFF_TAIL), 3);
    CHECK(!coven_arm());
    CHECK(coven_pass());
    EQUAL(cvn.held_count, 5);
    EQUAL(fill_of(&p, &p.edges[1]), 8);
    atomic_store(at32(&p, p.edges[1].at + COVEN_RING_OFF_TAIL), 11);
    CHECK(coven_pass());
    EQUAL(cvn.held_count, 0);
    EQUAL(pass_on(0), 1);
    close_channel(&p);
}

TEST(flow_leaving_gives_held_packets_back) {
    open_channel(&p, (options){.limit = 8, .block = true});
    for (unsigned i = 0; i < 2; i++) post_many(8), pass_on(0);
    coven_detach();
    EQUAL(fill_of(&p, back()), 8);
    EQUAL(newest(&p, back()) >> 32, COVEN_REASON_EDGE_FULL);
    EQUAL(shared(&p, COVEN_SLOT_OFF_STATE), COVEN_SLOT_STATE_LEAVING);
    free_channel(&p);
}

TEST(flow_inputs_take_turns) {
    open_channel(&p, (options){.lanes = 2});
    for (unsigned i = 0; i < 64; i++) post_raw(&p, &p.edges[0], frame_descriptor(i, 320, 60));
    for (unsigned i = 64; i < 128; i++) post_raw(&p, &p.edges[2], frame_descriptor(i, 320, 60));
    EQUAL(coven_take(packets, 32), 32);
    EQUAL(packets[0].lane, 0);
    EQUAL(coven_take(packets, 32), 32);
    EQUAL(packets[0].lane, 1);
    close_channel(&p);
}

/* Dropping costs no wake-ups until 256 frames lie there, or the engine is short of them. */
TEST(flow_return_ring_rings_seldom) {
    open_channel(&p, (options){0});
    _Atomic uint32_t *park = slot32(&p, 0, COVEN_SLOT_OFF_PARK);
    atomic_store(park, 1);
    for (unsigned i = 0; i < 3; i++) post_many(64), pass_on(COVEN_DROP);
    EQUAL(atomic_load(park), 1);
    post_many(64), pass_on(COVEN_DROP);
    EQUAL(atomic_load(park), 0);
    close_channel(&p);
    open_channel(&p, (options){0});
    atomic_store(slot32(&p, 0, COVEN_SLOT_OFF_PARK), 1);
    atomic_store(slot32(&p, COMPONENT_SLOT, COVEN_SLOT_OFF_HUNGRY), 1);
    post_many(1), pass_on(COVEN_DROP);
    EQUAL(atomic_load(slot32(&p, 0, COVEN_SLOT_OFF_PARK)), 0);
    close_channel(&p);
}

TEST(flow_posting_rings_a_sleeper_once) {
    open_channel(&p, (options){0});
    char bytes[64];
    while (read(p.bell[0], bytes, sizeof bytes) > 0) {}
    atomic_store(slot32(&p, 0, COVEN_SLOT_OFF_PARK), 1);
    for (unsigned i = 0; i < 2; i++) post_many(4), pass_on(0);
    EQUAL(read(p.bell[0], bytes, sizeof bytes), 1);
    close_channel(&p);
}

TEST(flow_counters_outlive_a_process) {
    open_channel(&p, (options){0});
    post_many(3), pass_on(0);
    coven_detach();
    char error[256];
    EQUAL(coven_attach(error, sizeof error), 0);
    post_many(2), pass_on(0); /* it takes over at the shared cursors */
    EQUAL(shared_counter(&p, COVEN_COUNTER_PACKETS_IN), 5);
    EQUAL(fill_of(&p, &p.edges[1]), 5);
    close_channel(&p);
}
