/* A fused group of two: `a` in slot 3, `b` in slot 2, an edge between them, and the data plane on both sides. */
#include "unit.h"
#include <stdlib.h>

enum { SLOT_B = 2, FRAMES = 64, B = 1 };

static peer p;
static edge *in, *between, *out;
static coven_packet packets[COVEN_LIMITS_BURST_MAX];

static uint8_t *entry_b(unsigned at) { return p.segment + p.off_slots + SLOT_B * COVEN_CHANNEL_PAGE + COVEN_SLOT_OFF_EDGES + at * COVEN_EDGE_SIZE; }
static void put16(uint8_t *at, uint16_t v) { memcpy(at, &v, sizeof v); }
static uint64_t counter_b(unsigned counter) { return atomic_load(at64(&p, p.off_slots + SLOT_B * COVEN_CHANNEL_PAGE + COVEN_SLOT_OFF_COUNTERS) + counter); }

/* Entries of the peer's component: 0 in, 1 and 2 out, 3 return, 4 alloc. `b` reads 1 and posts on 2; its return ring lies where the alloc ring was. */
static void share_out(void) {
    memcpy(entry_b(0), entry_of(&p, 0, 1), COVEN_EDGE_SIZE);
    entry_b(0)[COVEN_EDGE_OFF_ROLE] = COVEN_ROLE_IN;
    memcpy(entry_b(1), entry_of(&p, 0, 2), COVEN_EDGE_SIZE);
    put16(entry_b(1) + COVEN_EDGE_OFF_OUTPUT, 0);
    memcpy(entry_b(2), entry_of(&p, 0, 4), COVEN_EDGE_SIZE);
    entry_b(2)[COVEN_EDGE_OFF_ROLE] = COVEN_ROLE_RETURN;
    put16(entry_of(&p, 0, 1) + COVEN_EDGE_OFF_PEER, SLOT_B);
    put16(entry_b(0) + COVEN_EDGE_OFF_PEER, COMPONENT_SLOT);
    memcpy(entry_of(&p, 0, 2), entry_of(&p, 0, 3), COVEN_EDGE_SIZE);
    memset(entry_of(&p, 0, 3), 0, 2 * COVEN_EDGE_SIZE);
}

static void attach_next(void) {
    char error[256] = "";
    EQUAL(coven_attach(error, sizeof error), 0);
    TEXT(error, "");
}

static void begin(void) {
    make_environment(&p, (options){.outputs = 2, .creates = true, .frames = FRAMES});
    in = edge_with(&p, COVEN_ROLE_IN, 0), between = edge_with(&p, COVEN_ROLE_OUT, 0), out = edge_with(&p, COVEN_ROLE_OUT, 1);
    share_out();
    setenv("COVEN_NAME", "a", 1);
    attach_next();
    if (!cvn_members[B]) CHECK(coven_group_join());
    cvn_member_count = 2;
    coven_group_select(B);
    setenv("COVEN_SLOT", "2", 1), setenv("COVEN_NAME", "b", 1);
    unsetenv("COVEN_AGENT");
    attach_next();
    coven_ready();
    CHECK(coven_pass());
}

/* Members stay for the life of a process; the other tests are about one. */
static void end(void) {
    close_channel(&p);
    cvn_member_count = 1;
    setenv("COVEN_NAME", "tested", 1);
}

static void post_many(unsigned count) {
    for (unsigned i = 0; i < count; i++) post_raw(&p, in, frame_descriptor(i % FRAMES, 320, 100 + i));
}

/* The next burst, which is `member`'s: `first` bytes long, and each one byte more than the one before. */
static unsigned take(unsigned member, unsigned first) {
    unsigned count = coven_take(packets, COVEN_LIMITS_BURST_MAX);
    EQUAL(coven_group_turn(), member);
    for (unsigned i = 0; i < count; i++) EQUAL(packets[i].length, first + i);
    return count;
}

TEST(group_hands_over) {
    begin();
    EQUAL(shared(&p, COVEN_SLOT_OFF_STATE), COVEN_SLOT_STATE_RUNNING);
    TEXT(coven_component_name(), "b");
    post_many(3);
    EQUAL(take(0, 100), 3);
    TEXT(coven_component_name(), "a");
    packets[1].verdict = COVEN_DROP;
    packets[0].context[5] = 55;
    coven_finish(packets, 3);
    EQUAL(fill_of(&p, between), 0);
    EQUAL(coven_take(packets, COVEN_LIMITS_BURST_MAX), 2);
    EQUAL(coven_group_turn(), B);
    EQUAL(packets[0].length, 100), EQUAL(packets[1].length, 102), EQUAL(packets[0].context[5], 55);
    coven_finish(packets, 2);
    EQUAL(fill_of(&p, out), 2);
    EQUAL(coven_take(packets, COVEN_LIMITS_BURST_MAX), 0);
    CHECK(coven_arm());
    coven_disarm();
    EQUAL(shared_counter(&p, COVEN_COUNTER_PACKETS_IN), 3), EQUAL(shared_counter(&p, COVEN_COUNTER_PACKETS_OUT), 2), EQUAL(shared_counter(&p, COVEN_COUNTER_PACKETS_DROPPED), 1);
    EQUAL(counter_b(COVEN_COUNTER_PACKETS_IN), 2), EQUAL(counter_b(COVEN_COUNTER_PACKETS_OUT), 2), EQUAL(counter_b(COVEN_COUNTER_PACKETS_DROPPED), 0);
    EQUAL(counter_b(COVEN_COUNTER_BYTES_IN), 202);
    end();
}

TEST(group_overflow_takes_the_ring_in_order) {
    begin();
    post_many(FRAMES + 20);
    EQUAL(take(0, 100), FRAMES);
    coven_finish(packets, FRAMES);
    coven_group_select(B); /* whose turn it was: so `a` is next again */
    EQUAL(take(0, 100 + FRAMES), 20);
    coven_finish(packets, 20);
    EQUAL(fill_of(&p, between), 20);
    CHECK(!coven_arm());
    EQUAL(take(B, 100), FRAMES);
    coven_finish(packets, FRAMES);
    coven_group_select(0);
    EQUAL(take(B, 100 + FRAMES), 20);
    coven_finish(packets, 20);
    EQUAL(fill_of(&p, out), FRAMES + 20);
    end();
}

TEST(group_leaves_what_waits_in_the_ring) {
    begin();
    post_many(5);
    EQUAL(take(0, 100), 5);
    coven_finish(packets, 5);
    EQUAL(fill_of(&p, between), 0);
    coven_detach();
    EQUAL(fill_of(&p, between), 5);
    EQUAL(newest(&p, between) >> COVEN_DESCRIPTOR_LENGTH_SHIFT, 104);
    EQUAL(shared(&p, COVEN_SLOT_OFF_STATE), COVEN_SLOT_STATE_LEAVING);
    end();
}

TEST(group_leaves_when_all_are_told_to) {
    begin();
    atomic_store(slot32(&p, COMPONENT_SLOT, COVEN_SLOT_OFF_STOP), 1);
    CHECK(coven_pass());
    atomic_store(slot32(&p, SLOT_B, COVEN_SLOT_OFF_STOP), 1);
    CHECK(!coven_pass());
    end();
}

static void keep_epoch(unsigned slot, uint32_t epoch) { atomic_store(slot32(&p, slot, COVEN_SLOT_OFF_WANT_EPOCH), epoch); }

TEST(group_takes_a_table_between_packets) {
    begin();
    uint64_t of_b = p.off_slots + SLOT_B * COVEN_CHANNEL_PAGE + COVEN_SLOT_OFF_EDGES, table = COVEN_LIMITS_EDGES_MAX * COVEN_EDGE_SIZE;
    memcpy(p.segment + of_b + table, p.segment + of_b, table);
    post_many(4);
    EQUAL(take(0, 100), 4);
    coven_finish(packets, 4);
    keep_epoch(SLOT_B, 1);
    CHECK(coven_pass());
    EQUAL(atomic_load(slot32(&p, SLOT_B, COVEN_SLOT_OFF_ACK_EPOCH)), 0);
    EQUAL(take(B, 100), 4);
    coven_finish(packets, 4);
    CHECK(coven_pass());
    EQUAL(atomic_load(slot32(&p, SLOT_B, COVEN_SLOT_OFF_ACK_EPOCH)), 1);
    post_many(2);
    EQUAL(take(0, 100), 2);
    coven_finish(packets, 2);
    EQUAL(fill_of(&p, between), 0);
    EQUAL(take(B, 100), 2);
    coven_finish(packets, 2);
    end();
}

TEST(group_items_are_a_components_own) {
    static coven_item one = {.name = "twice", .kind = "counter", .type = "integer"}, other = {.name = "twice", .kind = "counter", .type = "integer"};
    char line[] = "get twice", again[] = "get twice", out_text[256];
    begin();
    coven_group_select(0);
    coven_publish(&one);
    coven_group_select(B);
    coven_publish(&other);
    coven_add(&other, 7);
    CHECK(strncmp(out_text, "{\"name\":\"twice\",\"value\":7}", cvn_agent_answer(line, strlen(line), out_text, sizeof out_text) - 1) == 0);
    coven_group_select(0);
    CHECK(strncmp(out_text, "{\"name\":\"twice\",\"value\":0}", cvn_agent_answer(again, strlen(again), out_text, sizeof out_text) - 1) == 0);
    end();
}
