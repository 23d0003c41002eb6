#include "unit.h"

static peer p;

/* An epoch 1 that is epoch 0, for a test to spoil. */
static void copy_table(void) { memcpy(entry_of(&p, 1, 0), entry_of(&p, 0, 0), COVEN_LIMITS_EDGES_MAX * COVEN_EDGE_SIZE); }
static void put16(uint8_t *at, uint16_t v) { memcpy(at, &v, sizeof v); }
static void put32(uint8_t *at, uint32_t v) { memcpy(at, &v, sizeof v); }

/* Entries: 0 in, 1 and 2 out, 3 return, 4 alloc. */
static void refused(unsigned at, const char *why) {
    static cvn_table table;
    uint32_t argument;
    CHECK(!cvn_read_table(1, &table, NULL, &argument));
    TEXT(cvn_table_fault(), why);
    EQUAL(argument, at);
    close_channel(&p);
}

static void begin(void) {
    open_channel(&p, (options){.outputs = 2, .creates = true});
    copy_table();
}

TEST(edges_good_table) {
    begin();
    EQUAL(cvn.table->count, 5);
    EQUAL(cvn.table->in_count, 1);
    CHECK(cvn.table->back && cvn.table->alloc);
    EQUAL(cvn.table->route[0][0], 1);
    EQUAL(cvn.table->route[0][1], 2);
    EQUAL(cvn.table->route[0][2], CVN_NO_ROUTE);
    EQUAL(cvn.table->route[1][0], CVN_NO_ROUTE);
    EQUAL(shared(&p, COVEN_SLOT_OFF_STATE), COVEN_SLOT_STATE_ATTACHED);
    close_channel(&p);
    begin();
    coven_ready();
    EQUAL(shared(&p, COVEN_SLOT_OFF_STATE), COVEN_SLOT_STATE_RUNNING);
    close_channel(&p);
}

TEST(edges_ring_before_region) {
    begin();
    put32(entry_of(&p, 1, 1) + COVEN_EDGE_OFF_RING, 0);
    refused(1, "the ring lies outside of the ring region");
}

TEST(edges_ring_after_region) {
    begin();
    put32(entry_of(&p, 1, 1) + COVEN_EDGE_OFF_RING, (uint32_t)((p.off_rings + p.rings_len - 64) / 64));
    refused(1, "the ring lies outside of the ring region");
}

TEST(edges_ring_far_outside) {
    begin();
    put32(entry_of(&p, 1, 0) + COVEN_EDGE_OFF_RING, UINT32_MAX);
    refused(0, "the ring lies outside of the ring region");
}

TEST(edges_bad_capacity) {
    begin();
    entry_of(&p, 1, 0)[COVEN_EDGE_OFF_CAP_LOG2] = 255;
    refused(0, "cap_log2 is over 22");
}

TEST(edges_capacity_without_slack) {
    begin();
    put32(entry_of(&p, 1, 0) + COVEN_EDGE_OFF_LIMIT, 1024 - 7);
    refused(0, "the limit is 0, or the capacity is under limit + 8");
}

TEST(edges_limit_zero) {
    begin();
    put32(entry_of(&p, 1, 2) + COVEN_EDGE_OFF_LIMIT, 0);
    refused(2, "the limit is 0, or the capacity is under limit + 8");
}

TEST(edges_overlap) {
    begin();
    put32(entry_of(&p, 1, 2) + COVEN_EDGE_OFF_RING, (uint32_t)(p.edges[1].at / 64) + 4);
    refused(2, "two rings overlap");
}

TEST(edges_duplicate_id) {
    begin();
    put16(entry_of(&p, 1, 2) + COVEN_EDGE_OFF_ID, p.edges[0].id);
    refused(2, "two entries have one edge id");
}

TEST(edges_unknown_role) {
    begin();
    entry_of(&p, 1, 2)[COVEN_EDGE_OFF_ROLE] = 5;
    refused(2, "unknown role");
}

TEST(edges_unknown_flag) {
    begin();
    entry_of(&p, 1, 2)[COVEN_EDGE_OFF_FLAGS] = 4;
    refused(2, "unknown flag");
}

TEST(edges_bad_peer) {
    begin();
    put16(entry_of(&p, 1, 2) + COVEN_EDGE_OFF_PEER, SLOTS);
    refused(2, "no such peer slot");
}

TEST(edges_bad_output) {
    begin();
    put16(entry_of(&p, 1, 2) + COVEN_EDGE_OFF_OUTPUT, 16);
    refused(2, "the output is over 15");
}

TEST(edges_small_return_ring) {
    begin();
    entry_of(&p, 1, 3)[COVEN_EDGE_OFF_CAP_LOG2] = 9;
    refused(3, "the return ring holds fewer entries than there are frames");
}

TEST(edges_no_return_ring) {
    begin();
    entry_of(&p, 1, 3)[COVEN_EDGE_OFF_ROLE] = 0;
    refused(3, "there is no return ring");
}

TEST(edges_two_return_rings) {
    begin();
    entry_of(&p, 1, 0)[COVEN_EDGE_OFF_ROLE] = COVEN_ROLE_RETURN;
    refused(3, "two alloc or return rings");
}

TEST(edges_empty_table) {
    open_channel(&p, (options){0});
    memset(entry_of(&p, 1, 0), 0, COVEN_EDGE_SIZE);
    order_epoch(&p, 1);
    CHECK(coven_pass());
    coven_packet packets[4];
    EQUAL(coven_take(packets, 4), 0);
    EQUAL(shared(&p, COVEN_SLOT_OFF_ACK_EPOCH), 1);
    close_channel(&p);
}

TEST(edges_bad_epoch_ends_as_failed) {
    begin();
    entry_of(&p, 1, 2)[COVEN_EDGE_OFF_ROLE] = 9;
    order_epoch(&p, 1);
    CHECK(!coven_pass());
    EQUAL(shared(&p, COVEN_SLOT_OFF_STATE), COVEN_SLOT_STATE_FAILED);
    EQUAL(shared(&p, COVEN_SLOT_OFF_ERROR), COVEN_ERROR_BAD_EDGE);
    EQUAL(shared(&p, COVEN_SLOT_OFF_ERROR_ARG), 2);
    EQUAL(shared(&p, COVEN_SLOT_OFF_ACK_EPOCH), 0);
    close_channel(&p);
}

/* Three replicas of one next component: every bucket has one, the shares follow the weights, and one that goes takes only its own flows with it. */
static void fan(uint32_t weight, uint8_t *owners, unsigned *shares) {
    static cvn_table table;
    memset(&table, 0, sizeof table);
    for (unsigned i = 0; i < 3; i++) {
        if (i == 2 && !weight) continue;
        table.ends[i] = (cvn_end){.role = COVEN_ROLE_OUT, .index = (uint8_t)i, .seed = 1000 + i, .weight = i == 2 ? weight : 1};
    }
    table.count = weight ? 3 : 2;
    cvn_plan_routes(&table);
    memset(shares, 0, 3 * sizeof *shares);
    CHECK(table.route[0][0] & CVN_FAN);
    for (unsigned b = 0; b < CVN_BUCKETS; b++) shares[owners[b] = table.fan[0][b]]++;
}

TEST(fan_out_is_fair_and_stable) {
    uint8_t two[CVN_BUCKETS], three[CVN_BUCKETS], heavy[CVN_BUCKETS];
    unsigned shares[3];
    fan(0, two, shares);
    CHECK(shares[0] > 40 && shares[1] > 40);
    fan(1, three, shares);
    for (unsigned i = 0; i < 3; i++) CHECK(shares[i] > 25 && shares[i] < 60);
    for (unsigned b = 0; b < CVN_BUCKETS; b++) CHECK(three[b] == 2 || three[b] == two[b]);
    fan(6, heavy, shares);
    CHECK(shares[2] > 75 && shares[2] < 120);
    for (unsigned b = 0; b < CVN_BUCKETS; b++) CHECK(heavy[b] == 2 || heavy[b] == two[b]);
}
