#include "unit.h"
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

static peer p;

static bool readable(int fd) { return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) == 1; }

TEST(wait_times_out_and_parks) {
    open_channel(&p, (options){0});
    EQUAL(coven_wait(-1, 1), 0);
    EQUAL(shared(&p, COVEN_SLOT_OFF_PARK), 0);
    EQUAL(shared_counter(&p, COVEN_COUNTER_PARKS), 1);
    close_channel(&p);
}

TEST(wait_sees_input_without_parking) {
    open_channel(&p, (options){0});
    post_raw(&p, &p.edges[0], frame_descriptor(1, 320, 60));
    EQUAL(coven_wait(-1, -1), 1);
    EQUAL(shared_counter(&p, COVEN_COUNTER_PARKS), 0);
    close_channel(&p);
}

TEST(wait_ends_with_the_bell) {
    open_channel(&p, (options){0});
    always_ring(&p, COMPONENT_SLOT);
    EQUAL(coven_wait(-1, -1), 1);
    EQUAL(coven_wait(-1, 1), 0); /* the byte is read */
    close_channel(&p);
}

TEST(wait_says_when_only_the_other_descriptor_is_ready) {
    open_channel(&p, (options){0});
    int ends[2];
    CHECK(!pipe(ends));
    CHECK(write(ends[1], "x", 1) == 1);
    EQUAL(coven_wait(ends[0], -1), 0);
    close(ends[0]), close(ends[1]);
    close_channel(&p);
}

TEST(wait_sees_stop_and_epoch) {
    open_channel(&p, (options){0});
    CHECK(coven_pass());
    order_epoch(&p, 2);
    EQUAL(coven_wait(-1, -1), 1);
    CHECK(coven_pass());
    EQUAL(shared(&p, COVEN_SLOT_OFF_ACK_EPOCH), 2);
    atomic_store(slot32(&p, COMPONENT_SLOT, COVEN_SLOT_OFF_STOP), 1);
    EQUAL(coven_wait(-1, -1), 1);
    CHECK(!coven_pass());
    close_channel(&p);
}

TEST(wait_spins_only_as_long_as_told) {
    open_channel(&p, (options){.spin_ns = 2000000});
    EQUAL(coven_wait(-1, 1), 0);
    EQUAL(shared_counter(&p, COVEN_COUNTER_PARKS), 1);
    close_channel(&p);
}

/* A head that can't be is looked at once, not for ever. */
TEST(wait_sleeps_on_a_bad_cursor) {
    open_channel(&p, (options){0});
    coven_packet packet;
    atomic_store(at32(&p, p.edges[0].at), 77777);
    EQUAL(coven_wait(-1, -1), 1);
    EQUAL(coven_take(&packet, 1), 0);
    EQUAL(coven_wait(-1, 1), 0);
    close_channel(&p);
}

TEST(event_descriptor) {
    open_channel(&p, (options){0});
    int fd = coven_event_fd();
    EQUAL(coven_event_fd(), fd);
    CHECK(coven_arm());
    EQUAL(shared(&p, COVEN_SLOT_OFF_PARK), 1);
    CHECK(!readable(fd));
    ring_bell(&p, COMPONENT_SLOT);
    CHECK(readable(fd));
    coven_disarm();
    CHECK(!readable(fd) || (coven_arm(), coven_disarm(), !readable(fd)));
    post_raw(&p, &p.edges[0], frame_descriptor(1, 320, 60));
    CHECK(!coven_arm());
    EQUAL(shared(&p, COVEN_SLOT_OFF_PARK), 0);
    close_channel(&p);
}

/* Between the look and the sleep there is no gap: the signal rings the own bell. */
TEST(signal_ends_the_loop) {
    const int numbers[] = {SIGTERM, SIGINT};
    for (unsigned i = 0; i < 2; i++) {
        open_channel(&p, (options){0});
        CHECK(coven_pass());
        CHECK(coven_arm());
        raise(numbers[i]);
        CHECK(readable(coven_event_fd()));
        coven_disarm();
        EQUAL(coven_wait(-1, -1), 1);
        CHECK(!coven_pass());
        close_channel(&p);
    }
    struct sigaction now;
    sigaction(SIGTERM, NULL, &now);
    CHECK(now.sa_handler == SIG_DFL);
}

TEST(heartbeat_counts_passes) {
    open_channel(&p, (options){0});
    for (unsigned i = 0; i < 100; i++) CHECK(coven_pass());
    EQUAL(shared(&p, COVEN_SLOT_OFF_HEARTBEAT), 100);
    close_channel(&p);
}
