/* Bells (spec/channel.md section 3), signals and the clock. */
#include "channel.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t signalled;
static int own_bell; /* of one of the members: the loop sleeps on those of all */
static struct sigaction saved[2];
static const int caught[2] = {SIGTERM, SIGINT};

int cvn_open_bell(uint32_t slot) {
    if (cvn.bell[slot] >= 0) return cvn.bell[slot];
    char name[32];
    snprintf(name, sizeof name, "bell.%u", slot);
    int fd = openat(cvn.folder_fd, name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    if (fd >= 0 && (fstat(fd, &status) || !S_ISFIFO(status.st_mode))) {
        close(fd);
        fd = -1;
    }
    return cvn.bell[slot] = fd;
}

/* A full pipe (EAGAIN) is a rung bell; any other failure means that nobody can be woken there. */
static void write_bell(uint32_t slot) {
    ssize_t written = write(cvn.bell[slot], "", 1);
    (void)written;
    cvn_count(COVEN_COUNTER_BELLS, 1);
}

static void wake(_Atomic uint32_t *park, uint32_t slot) {
    if (atomic_exchange(park, 0) == 1) write_bell(slot);
}

void cvn_wake(cvn_end *end) { wake(end->peer_park, end->peer_slot); }

void cvn_ring_slot(uint32_t slot) {
    wake(cvn_u32(cvn.slots + (size_t)slot * cvn.slot_stride, COVEN_SLOT_OFF_PARK), slot);
}

void cvn_drain_bell(void) {
    char bytes[COVEN_LIMITS_BELL_READ];
    ssize_t got = read(cvn.bell[cvn.slot_number], bytes, sizeof bytes);
    (void)got;
    cvn.bell_due = false;
}

/* The own bell wakes the loop, so that no signal falls between a look and a sleep. */
static void on_signal(int number) {
    (void)number;
    int kept = errno;
    signalled = 1;
    ssize_t written = write(own_bell, "", 1);
    (void)written;
    errno = kept;
}

void cvn_catch_signals(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    signalled = 0;
    own_bell = cvn.bell[cvn.slot_number];
    for (unsigned i = 0; i < 2; i++) sigaction(caught[i], &action, &saved[i]);
}

/* Put back what was there, unless somebody else has taken over since. */
void cvn_release_signals(void) {
    for (unsigned i = 0; i < 2; i++) {
        struct sigaction now;
        if (!sigaction(caught[i], NULL, &now) && now.sa_handler == on_signal) sigaction(caught[i], &saved[i], NULL);
    }
}

bool cvn_signalled(void) { return signalled != 0; }

uint64_t cvn_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
