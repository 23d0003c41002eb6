#include "unit.h"

static peer p;
static coven_packet packet;

static void begin(void) {
    open_channel(&p, (options){.outputs = 2, .creates = true});
    post_raw(&p, &p.edges[0], frame_descriptor(5, 320, 100) | 0x11ull << 24);
    EQUAL(coven_take(&packet, 1), 1);
}

static edge *alloc(void) { return edge_with(&p, COVEN_ROLE_ALLOC, 0); }
static void lend(uint32_t index) { post_raw(&p, alloc(), frame_descriptor(index, 320, 0) | 0x22ull << 24); }

static void end(void) {
    coven_finish(&packet, 1);
    close_channel(&p);
}

TEST(packet_grows_in_front) {
    begin();
    uint8_t *data = packet.data;
    CHECK(coven_grow_front(&packet, 256));
    CHECK(packet.data == data - 256);
    EQUAL(packet.length, 356);
    EQUAL(packet.descriptor, frame_descriptor(5, 64, 356) | 0x11ull << 24);
    CHECK(!coven_grow_front(&packet, 1)); /* the rest is the engine's */
    EQUAL(packet.length, 356);
    CHECK(coven_grow_front(&packet, -356));
    EQUAL(packet.length, 0);
    CHECK(!coven_grow_front(&packet, -1));
    CHECK(!coven_grow_front(&packet, INT32_MIN));
    CHECK(!coven_grow_front(&packet, INT32_MAX));
    end();
}

TEST(packet_grows_at_the_end) {
    begin();
    uint8_t *data = packet.data;
    CHECK(!coven_grow_back(&packet, 2048 - 320 - 100 + 1));
    CHECK(coven_grow_back(&packet, 2048 - 320 - 100));
    EQUAL(packet.length, 2048 - 320);
    CHECK(packet.data == data);
    CHECK(coven_grow_back(&packet, -(2048 - 320)));
    CHECK(!coven_grow_back(&packet, -1));
    CHECK(!coven_grow_back(&packet, INT32_MIN));
    CHECK(!coven_grow_back(&packet, INT32_MAX));
    end();
}

TEST(packet_grows_in_front_of_a_partial_checksum) {
    begin();
    uint8_t *line = cvn.meta + 5 * COVEN_META_SIZE;
    uint16_t flags = COVEN_META_FLAG_CSUM_PARTIAL, start = 34;
    memcpy(line + COVEN_META_OFF_FLAGS, &flags, 2), memcpy(line + COVEN_META_OFF_CSUM_START, &start, 2);
    CHECK(coven_grow_front(&packet, 4));
    CHECK(!coven_grow_front(&packet, 1000)); /* moves nothing */
    memcpy(&start, line + COVEN_META_OFF_CSUM_START, 2);
    EQUAL(start, 38);
    CHECK(coven_grow_front(&packet, -24));
    memcpy(&start, line + COVEN_META_OFF_CSUM_START, 2);
    EQUAL(start, 14);
    end();
}

TEST(packet_numbers_at_an_offset) {
    begin();
    uint8_t u8 = 1;
    uint16_t u16 = 1;
    uint32_t u32 = 1;
    CHECK(coven_put_u32(&packet, 96, 0x01020304) && coven_put_u16(&packet, 0, 0xABCD) && coven_put_u8(&packet, 99, 5));
    CHECK(coven_u32(&packet, 96, &u32) && coven_u16(&packet, 0, &u16) && coven_u8(&packet, 99, &u8));
    EQUAL(u32, 0x01020305), EQUAL(u16, 0xABCD), EQUAL(u8, 5);
    CHECK(!coven_u32(&packet, 97, &u32) && !coven_u16(&packet, 99, &u16) && !coven_u8(&packet, 100, &u8) && !coven_u32(&packet, UINT32_MAX, &u32));
    CHECK(!coven_put_u32(&packet, 97, 0) && !coven_put_u16(&packet, 99, 0) && !coven_put_u8(&packet, 100, 0) && !coven_put_u16(&packet, UINT32_MAX, 0));
    EQUAL(u32, 0x01020305), EQUAL(u16, 0xABCD), EQUAL(u8, 5);
    end();
}

TEST(packet_new_and_send) {
    begin();
    coven_packet made;
    lend(9);
    memset(packet.context, 7, 16);
    CHECK(coven_packet_new(&made, 500, &packet));
    EQUAL(made.length, 500);
    EQUAL(made.descriptor, frame_descriptor(9, 320, 500) | 0x22ull << 24);
    for (unsigned i = 0; i < 16; i++) EQUAL(made.context[i], 0);
    memset(made.data, 1, made.length);
    coven_send(&made, 1);
    EQUAL(fill_of(&p, &p.edges[2]), 0); /* visible with the burst */
    CHECK(!coven_packet_new(&made, 500, &packet));
    EQUAL(shared_counter(&p, COVEN_COUNTER_ALLOC_FAILED), 1);
    coven_finish(&packet, 1);
    EQUAL(newest(&p, &p.edges[2]), frame_descriptor(9, 320, 500) | 0x22ull << 24);
    EQUAL(shared_counter(&p, COVEN_COUNTER_PACKETS_OUT), 2);
    close_channel(&p);
}

TEST(packet_new_of_any_size) {
    begin();
    coven_packet made;
    lend(9), lend(10);
    CHECK(!coven_packet_new(&made, 2048 - 63, NULL));
    EQUAL(fill_of(&p, alloc()), 2); /* too large for any frame: none is taken */
    CHECK(coven_packet_new(&made, 2048 - 64, NULL));
    EQUAL(cvn_offset(made.descriptor), 64);
    EQUAL(made.lane, 0);
    coven_send(&made, COVEN_DROP);
    end();
}

TEST(packet_clone) {
    begin();
    coven_packet copy;
    lend(9);
    for (unsigned i = 0; i < 100; i++) packet.data[i] = (uint8_t)i;
    memset(packet.context, 7, 16);
    *coven_mark(&packet) = 1234;
    CHECK(coven_packet_clone(&copy, &packet));
    CHECK(!memcmp(copy.data, packet.data, 100) && !memcmp(copy.context, packet.context, 16));
    EQUAL(copy.length, 100);
    EQUAL(*coven_mark(&copy), 1234);
    EQUAL(coven_flow_hash(&copy), coven_flow_hash(&packet));
    EQUAL(copy.lane, packet.lane);
    coven_send(&copy, 1);
    end();
}

TEST(packet_new_skips_bad_frames) {
    begin();
    coven_packet made;
    post_raw(&p, alloc(), frame_descriptor(0x3FFFF0, 320, 0));
    post_raw(&p, alloc(), frame_descriptor(3, 3, 0));
    lend(9);
    CHECK(coven_packet_new(&made, 60, NULL));
    EQUAL(cvn_index(made.descriptor), 9);
    EQUAL(shared_counter(&p, COVEN_COUNTER_BAD_DESCRIPTORS), 2);
    coven_send(&made, COVEN_DROP);
    end();
}

TEST(packet_metadata) {
    begin();
    uint8_t *line = cvn.meta + 5 * COVEN_META_SIZE;
    uint32_t hash = 0xDEADBEEF, path = 0x00ABCDEF;
    uint64_t time = 1700000000123456789u;
    memcpy(line, &hash, 4), memcpy(line + 8, &time, 8), memcpy(line + 24, &path, 4);
    EQUAL(coven_flow_hash(&packet), hash);
    EQUAL(coven_time_ns(&packet), time);
    EQUAL(coven_service_path(&packet), path);
    end();
}
