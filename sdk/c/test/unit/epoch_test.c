#include "unit.h"

static peer p;
static coven_packet packets[64];

static void put32(uint8_t *at, uint32_t v) { memcpy(at, &v, sizeof v); }
static void copy_entry(unsigned to, unsigned from) { memcpy(entry_of(&p, 1, to), entry_of(&p, 0, from), COVEN_EDGE_SIZE); }
static uint64_t marker(uint32_t epoch) { return (uint64_t)epoch << 32 | COVEN_DESCRIPTOR_MARKER_INDEX; }

/* Entries of epoch 0: lane 0: 0 in, 1 out; lane 1: 2 in, 3 out; 4 return. */
static void begin(void) { open_channel(&p, (options){.lanes = 2}); }

TEST(epoch_keeps_cursors) {
    begin();
    for (unsigned i = 0; i < 5; i++) copy_entry(i, i);
    post_raw(&p, &p.edges[0], frame_descriptor(1, 320, 60));
    post_raw(&p, &p.edges[0], frame_descriptor(2, 320, 60));
    EQUAL(coven_take(packets, 1), 1);
    coven_finish(packets, 1);
    order_epoch(&p, 1);
    CHECK(coven_pass());
    EQUAL(shared(&p, COVEN_SLOT_OFF_ACK_EPOCH), 1);
    EQUAL(coven_take(packets, 8), 1);
    EQUAL(cvn_index(packets[0].descriptor), 2);
    coven_finish(packets, 1);
    EQUAL(fill_of(&p, &p.edges[1]), 2);
    close_channel(&p);
}

TEST(epoch_posts_marker_last) {
    begin();
    copy_entry(0, 2), copy_entry(1, 3), copy_entry(2, 4); /* lane 0 goes */
    put32(entry_of(&p, 0, 1) + COVEN_EDGE_OFF_MARKER_EPOCH, 1);
    post_raw(&p, &p.edges[0], frame_descriptor(1, 320, 60));
    EQUAL(coven_take(packets, 8), 1);
    coven_finish(packets, 1);
    order_epoch(&p, 1);
    CHECK(coven_pass());
    EQUAL(shared(&p, COVEN_SLOT_OFF_ACK_EPOCH), 1);
    EQUAL(fill_of(&p, &p.edges[1]), 2);
    EQUAL(newest(&p, &p.edges[1]), marker(1));
    EQUAL(fill_of(&p, &p.edges[3]), 0);
    close_channel(&p);
}

TEST(epoch_marker_fits_a_full_edge) {
    begin();
    for (unsigned i = 0; i < 512; i++) post_raw(&p, &p.edges[0], frame_descriptor(i, 320, 60));
    for (unsigned n; (n = coven_take(packets, 64)) != 0;) coven_finish(packets, n);
    EQUAL(fill_of(&p, &p.edges[1]), 512);
    copy_entry(0, 4);
    put32(entry_of(&p, 0, 1) + COVEN_EDGE_OFF_MARKER_EPOCH, 1);
    order_epoch(&p, 1);
    CHECK(coven_pass());
    EQUAL(fill_of(&p, &p.edges[1]), 513);
    EQUAL(newest(&p, &p.edges[1]), marker(1));
    close_channel(&p);
}

/* A component that is taken out empties its input up to the marker, hands that on, and only then says that the new epoch is in force. */
TEST(epoch_waits_for_the_inputs_marker) {
    begin();
    copy_entry(0, 4);
    put32(entry_of(&p, 0, 0) + COVEN_EDGE_OFF_MARKER_EPOCH, 1);
    put32(entry_of(&p, 0, 1) + COVEN_EDGE_OFF_MARKER_EPOCH, 1);
    order_epoch(&p, 1);
    CHECK(coven_pass());
    EQUAL(shared(&p, COVEN_SLOT_OFF_ACK_EPOCH), 0);
    post_raw(&p, &p.edges[0], frame_descriptor(1, 320, 60));
    post_raw(&p, &p.edges[0], marker(1));
    CHECK(coven_pass());
    EQUAL(coven_take(packets, 8), 1);
    coven_finish(packets, 1);
    CHECK(coven_pass());
    EQUAL(shared(&p, COVEN_SLOT_OFF_ACK_EPOCH), 1);
    EQUAL(fill_of(&p, &p.edges[1]), 2);
    EQUAL(newest(&p, &p.edges[1]), marker(1));
    close_channel(&p);
}

TEST(epoch_gate_opens_at_the_marker) {
    begin();
    for (unsigned i = 0; i < 5; i++) copy_entry(i, i);
    memcpy(entry_of(&p, 1, 2) + COVEN_EDGE_OFF_AFTER, &p.edges[0].id, 2);
    order_epoch(&p, 1);
    CHECK(coven_pass());
    post_raw(&p, &p.edges[2], frame_descriptor(2, 320, 60));
    EQUAL(coven_take(packets, 8), 0);
    CHECK(coven_arm()); /* a closed gate is no news: the component sleeps */
    coven_disarm();
    post_raw(&p, &p.edges[0], frame_descriptor(1, 320, 60));
    post_raw(&p, &p.edges[0], marker(1));
    CHECK(!coven_arm());
    EQUAL(coven_take(packets, 1), 1);
    EQUAL(cvn_index(packets[0].descriptor), 1);
    coven_finish(packets, 1);
    unsigned taken = coven_take(packets, 8); /* the marker, and what waited behind the gate */
    if (!taken) taken = coven_take(packets, 8);
    EQUAL(taken, 1);
    EQUAL(cvn_index(packets[0].descriptor), 2);
    coven_finish(packets, 1);
    close_channel(&p);
}

TEST(epoch_marker_is_no_bad_descriptor) {
    begin();
    post_raw(&p, &p.edges[0], marker(9));
    EQUAL(coven_take(packets, 8), 0);
    EQUAL(shared_counter(&p, COVEN_COUNTER_BAD_DESCRIPTORS), 0);
    close_channel(&p);
}
