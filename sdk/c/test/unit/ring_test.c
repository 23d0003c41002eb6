#include "unit.h"
#include <pthread.h>
#include <sched.h>

#define MANY 200000u

static cvn_end producer, consumer;

/* Two private ends of one ring: what the attached process has, and a copy turned round. */
static void make_ends(peer *p) {
    open_channel(p, (options){.limit = 50});
    for (unsigned i = 0; i < cvn.table->count; i++)
        if (cvn.table->ends[i].role == COVEN_ROLE_OUT) producer = cvn.table->ends[i];
    consumer = producer;
    consumer.mine = consumer.peer = 0;
}

static void *produce(void *unused) {
    for (uint32_t sent = 0; sent < MANY;) {
        uint32_t before = sent;
        while (sent < MANY && cvn_room(&producer, producer.limit) && sent - before < 32) {
            cvn_put(&producer, frame_descriptor(sent % cvn.frame_count, 64 + sent % 128, sent & 0x3FF));
            sent++;
        }
        if (sent == before) sched_yield();
        else cvn_publish(&producer);
    }
    return unused;
}

TEST(ring_two_threads) {
    peer p;
    pthread_t thread;
    make_ends(&p);
    CHECK(!pthread_create(&thread, NULL, produce, NULL));
    uint32_t wrong = 0;
    for (uint32_t got = 0; got < MANY;) {
        uint32_t ready = cvn_ready(&consumer, 32);
        for (uint32_t i = 0; i < ready; i++, got++)
            wrong += cvn_peek(&consumer, i) != frame_descriptor(got % cvn.frame_count, 64 + got % 128, got & 0x3FF);
        if (ready) cvn_consume(&consumer, ready);
        else sched_yield();
    }
    pthread_join(thread, NULL);
    EQUAL(wrong, 0);
    EQUAL(fill_of(&p, edge_with(&p, COVEN_ROLE_OUT, 0)), 0);
    cvn.touched = 0;
    close_channel(&p);
}

TEST(ring_wraps_at_2_to_32) {
    peer p;
    make_ends(&p);
    producer.mine = producer.peer = consumer.mine = consumer.peer = UINT32_MAX - 2;
    cvn_store(producer.head, producer.mine, memory_order_relaxed);
    cvn_store(producer.tail, producer.mine, memory_order_relaxed);
    for (uint32_t i = 0; i < 50; i++) {
        CHECK(cvn_room(&producer, producer.limit));
        cvn_put(&producer, frame_descriptor(i, 64, i));
    }
    CHECK(!cvn_room(&producer, producer.limit));
    cvn_publish(&producer);
    EQUAL(cvn_ready(&consumer, 64), 50);
    for (uint32_t i = 0; i < 50; i++) EQUAL(cvn_peek(&consumer, i), frame_descriptor(i, 64, i));
    cvn_consume(&consumer, 50);
    CHECK(cvn_room(&producer, producer.limit));
    cvn.touched = 0;
    close_channel(&p);
}

TEST(ring_bad_head_takes_nothing) {
    peer p;
    make_ends(&p);
    cvn_store(consumer.head, consumer.capacity + 1, memory_order_relaxed);
    EQUAL(cvn_ready(&consumer, 32), 0);
    EQUAL(shared(&p, COVEN_SLOT_OFF_ERROR), COVEN_ERROR_BAD_CURSOR);
    EQUAL(shared(&p, COVEN_SLOT_OFF_ERROR_ARG), consumer.id);
    cvn_store(consumer.head, 3, memory_order_relaxed);
    EQUAL(cvn_ready(&consumer, 32), 3);
    close_channel(&p);
}

TEST(ring_bad_tail_counts_as_full) {
    peer p;
    make_ends(&p);
    for (uint32_t i = 0; i < 50; i++) cvn_put(&producer, frame_descriptor(i, 64, 0));
    cvn_store(producer.tail, 51, memory_order_relaxed); /* ahead of the head */
    CHECK(!cvn_room(&producer, producer.limit));
    EQUAL(shared(&p, COVEN_SLOT_OFF_ERROR), COVEN_ERROR_BAD_CURSOR);
    cvn.touched = 0;
    close_channel(&p);
}

TEST(ring_owner_words) {
    peer p;
    make_ends(&p);
    producer.peer_slot = 0;
    cvn_put(&producer, frame_descriptor(5, 64, 0) | 0xABull << 24);
    EQUAL(atomic_load(&cvn.own[5]), 0);
    producer.peer_slot = 1;
    cvn_put(&producer, frame_descriptor(7, 64, 0) | 0xABull << 24);
    cvn_put(&producer, frame_descriptor(9, 64, 0) | 0xCDull << 24);
    EQUAL(atomic_load(&cvn.own[7]), 1ull | 0xABull << 32 | (uint64_t)producer.id << 40);
    EQUAL(atomic_load(&cvn.own[9]), 2ull | 0xCDull << 32 | (uint64_t)producer.id << 40);
    cvn.touched = 0;
    close_channel(&p);
}
