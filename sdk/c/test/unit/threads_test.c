/* Rings, bells and parking between two threads: the component, and the stand-in data plane. `make tsan` runs it under ThreadSanitizer, which knows a byte
 * by its address; so both ends use one mapping here. */
#include "unit.h"
#include <pthread.h>

static peer p;

static bool all_home(void) {
    for (uint32_t i = 0; i < p.frame_count; i++)
        if (p.frames[i].place == OUT) return false;
    return p.result.sent == p.options.packets;
}

static void *data_plane(void *argument) {
    (void)argument;
    for (uint64_t end = now_ns() + 60000000000u; !all_home();) {
        lend_frames(&p);
        send_some(&p);
        if (receive_some(&p)) continue;
        if (now_ns() > end) {
            p.result.timed_out = true;
            break;
        }
        idle(&p, 5);
    }
    atomic_store(slot32(&p, COMPONENT_SLOT, COVEN_SLOT_OFF_STOP), 1);
    ring_bell(&p, COMPONENT_SLOT);
    return NULL;
}

/* Every byte is read, every third packet dropped, and of every fourth a copy is sent. */
static void work(coven_packet *packets, unsigned count, uint64_t *sum) {
    coven_packet copy;
    for (unsigned i = 0; i < count; i++) {
        for (uint32_t at = 0; at < packets[i].length; at++) *sum += packets[i].data[at];
        *sum += packets[i].context[1] + coven_flow_hash(&packets[i]);
        if (*sum % 4 == 0 && p.options.creates && coven_packet_clone(&copy, &packets[i])) coven_send(&copy, 1);
        packets[i].verdict = *sum % 3 ? COVEN_FORWARD : COVEN_DROP;
    }
}

static void component(void) {
    coven_packet packets[COVEN_LIMITS_BURST_DEFAULT];
    uint64_t sum = 0;
    coven_ready();
    while (coven_pass()) {
        unsigned count = coven_take(packets, COVEN_LIMITS_BURST_DEFAULT);
        work(packets, count, &sum);
        if (count) coven_finish(packets, count);
        else coven_wait(-1, -1);
    }
}

static void run(options chosen) {
    pthread_t thread;
    size_t size;
    open_channel(&p, chosen);
    uint8_t *own = p.segment;
    p.segment = coven_segment(&size);
    CHECK(!pthread_create(&thread, NULL, data_plane, NULL));
    component();
    pthread_join(thread, NULL);
    CHECK(!p.result.timed_out);
    EQUAL(p.result.sent, chosen.packets);
    EQUAL(p.result.corrupted + p.result.out_of_order + p.result.wrong_lane + p.result.bad_frame, 0);
    take_back_lent(&p);
    p.segment = own;
    close_channel(&p);
}

TEST(threads_pass_packets) { run((options){.packets = 20000}); }
TEST(threads_with_few_frames) { run((options){.packets = 20000, .frames = 32, .limit = 8, .lanes = 2}); }
TEST(threads_that_block) { run((options){.packets = 20000, .frames = 256, .limit = 8, .block = true}); }
TEST(threads_that_spin) { run((options){.packets = 20000, .spin_ns = 20000}); }
TEST(threads_that_make_packets) { run((options){.packets = 20000, .outputs = 2, .creates = true, .block = true, .limit = 16}); }
