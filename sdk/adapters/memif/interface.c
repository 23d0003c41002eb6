/* The interfaces of a program that speaks memif: as netdev.h has them, on memory that program and adapter share. */
#include "memif.h"
#include "coven_memif.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define PACKET_MAX 65535u
#define RETRY_NS (100 * NS_PER_MS) /* how often who connects looks for its peer, and whoever greets one goes on */

interface interfaces[INTERFACES_MAX];
unsigned interface_count;

static struct place { const char *folder; bool server; } place;
static struct state {
    coven_memif *memif;
    int timer;
    bool ticks;
} states[INTERFACES_MAX];

void memif_place(const char *folder, bool server) { place = (struct place){folder, server}; }

/* Readable for the peer's sake, or because it is time to look for one. */
static int watch(struct state *it) {
    int both = epoll_create1(EPOLL_CLOEXEC);
    it->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN};
    bool good = both >= 0 && it->timer >= 0 && !epoll_ctl(both, EPOLL_CTL_ADD, it->timer, &event) &&
                !epoll_ctl(both, EPOLL_CTL_ADD, coven_memif_descriptor(it->memif), &event);
    return good ? both : -1;
}

/* The timer runs while there is no peer. */
static void look_for_peer(struct state *it) {
    bool wanted = !coven_memif_is_up(it->memif);
    uint64_t ticks;
    if (it->ticks && read(it->timer, &ticks, sizeof ticks) < 0 && wanted) return;
    if (it->ticks == wanted) return;
    struct timespec every = {.tv_nsec = wanted ? (long)RETRY_NS : 0};
    timerfd_settime(it->timer, 0, &(struct itimerspec){every, every}, NULL);
    it->ticks = wanted;
}

static bool open_one(const char *name) {
    interface *to = &interfaces[interface_count];
    struct state *it = &states[interface_count];
    char path[256], why[128] = "the path is too long";
    snprintf(to->name, sizeof to->name, "%s", name);
    bool fits = (size_t)snprintf(path, sizeof path, "%s/%s.sock", place.folder, name) < sizeof path;
    it->memif = fits ? coven_memif_open(path, 0, place.server, why, sizeof why) : NULL;
    if (!it->memif) return say("memif socket %s: %s", path, why);
    interface_count++;
    to->fd = watch(it);
    if (to->fd < 0) return say("memif socket %s: %s", path, strerror(errno));
    look_for_peer(it);
    return true;
}

bool interfaces_open(uint32_t frame_room) {
    (void)frame_room;
    if (!open_one("in")) return false;
    for (unsigned i = 0; i < coven_output_count(); i++)
        if (!open_one(coven_output_name(i))) return false;
    return true;
}

void interfaces_close(void) {
    for (unsigned i = 0; i < interface_count; i++) coven_memif_close(states[i].memif);
}

bool interfaces_are_up(void) {
    bool all = true;
    for (unsigned i = 0; i < interface_count; i++) {
        if (!coven_memif_is_up(states[i].memif)) coven_memif_tend(states[i].memif);
        all = all && coven_memif_is_up(states[i].memif);
    }
    return all;
}

void interfaces_watch(bool watched) {
    for (unsigned i = 0; i < interface_count; i++) {
        struct state *it = &states[i];
        coven_memif_watch(it->memif, watched);
        if (watched) continue;
        coven_memif_tend(it->memif);
        look_for_peer(it);
    }
}

uint32_t interface_give(interface *to, const struct iovec *packets, unsigned count) {
    uint32_t refused = coven_memif_give(states[to - interfaces].memif, packets, count);
    for (unsigned i = 0; i < count; i++) {
        if (refused & 1u << i) {
            to->refused++;
            continue;
        }
        to->rx_packets++;
        to->rx_bytes += packets[i].iov_len;
    }
    return refused;
}

static uint8_t own[PACKET_MAX];

uint8_t *interface_take(interface *from, uint32_t *length) {
    uint8_t *at = NULL;
    uint64_t skipped = 0;
    *length = coven_memif_take(states[from - interfaces].memif, own, sizeof own, &at, &skipped);
    moved.unsent += skipped;
    if (!*length) return NULL;
    from->tx_packets++;
    from->tx_bytes += *length;
    return at;
}

/* The program may change its memory at any time. */
uint8_t *interface_settled(interface *from, uint8_t *data, uint32_t length) {
    (void)from;
    return data == own ? own : memcpy(own, data, length);
}

void interface_release(interface *from) { coven_memif_release(states[from - interfaces].memif); }
