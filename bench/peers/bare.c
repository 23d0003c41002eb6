/* The peer `bare`: the limit of the machine for one hop. Source and sink in one process on CPU 0, a forwarder in another on CPU 1,
 * two rings of 64-bit descriptors in shared memory, bursts of 32, 64-byte packets. It parks as the SDK parks (store, look again,
 * sleep; the producer looks at the park word after it published) and touches what the SDK's bench component touches (the
 * EtherType), but checks nothing, keeps no ledger and no owners.
 * Usage: bare SECONDS [SIZE [COMMAND...]]. Prints million packets a second.
 * COMMAND is a forwarder in another language: it gets the memory (`struct shared`) as descriptor 3, its bell as 4, ours as 5. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CAPACITY = 1024, FRAMES = 4096, FRAME = 2048, DATA = 320, BURST = 32, WARM = 100000 };

struct ring {
    _Alignas(128) _Atomic uint32_t head;
    _Alignas(128) _Atomic uint32_t tail;
    _Alignas(128) uint64_t slot[CAPACITY];
};
struct shared {
    struct ring out, back;
    struct { _Alignas(128) _Atomic uint32_t word; } park[2];
    _Alignas(128) _Atomic uint32_t over;
    _Alignas(4096) uint8_t pool[(size_t)FRAMES * FRAME];
};
_Static_assert(offsetof(struct shared, back) == 8448 && offsetof(struct shared, park) == 16896 && offsetof(struct shared, over) == 17152 && offsetof(struct shared, pool) == 20480, "bare.py, bare.java and bare.rs know these");
struct end { struct ring *ring; uint32_t own, peer; };

static struct shared *shared;
static int bell[2][2];

static void pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline unsigned take(struct end *end, uint64_t *into) {
    uint32_t there = end->peer - end->own;
    if (there < BURST) there = (end->peer = atomic_load_explicit(&end->ring->head, memory_order_acquire)) - end->own;
    unsigned n = there < BURST ? there : BURST;
    for (unsigned i = 0; i < n; i++) into[i] = end->ring->slot[(end->own + i) % CAPACITY];
    if (n) atomic_store_explicit(&end->ring->tail, end->own += n, memory_order_release);
    return n;
}
static inline unsigned post(struct end *end, const uint64_t *from, unsigned count, int to) {
    uint32_t room = CAPACITY - (end->own - end->peer);
    if (room < count) room = CAPACITY - (end->own - (end->peer = atomic_load_explicit(&end->ring->tail, memory_order_acquire)));
    unsigned n = room < count ? room : count;
    if (!n) return 0;
    for (unsigned i = 0; i < n; i++) end->ring->slot[(end->own + i) % CAPACITY] = from[i];
    atomic_store(&end->ring->head, end->own += n);
    if (atomic_load(&shared->park[to].word) && atomic_exchange(&shared->park[to].word, 0) && write(bell[to][1], "", 1) < 0) return n;
    return n;
}
static void sleep_on(int self, struct end *in) {
    static unsigned yields;
    if (yields++ % 3 != 2) {
        sched_yield();
        return;
    }
    atomic_store(&shared->park[self].word, 1);
    if (atomic_load(&in->ring->head) == in->own && !atomic_load(&shared->over)) {
        char byte[64];
        struct pollfd wait = {.fd = bell[self][0], .events = POLLIN};
        if (poll(&wait, 1, 100) > 0 && read(bell[self][0], byte, sizeof byte) < 0) return;
    }
    atomic_exchange(&shared->park[self].word, 0);
}

static void forwarder(void) {
    struct end in = {&shared->out, 0, 0}, out = {&shared->back, 0, 0};
    uint64_t burst[BURST], counted = 0;
    while (!atomic_load_explicit(&shared->over, memory_order_relaxed)) {
        unsigned n = take(&in, burst);
        if (!n) {
            sleep_on(1, &in);
            continue;
        }
        for (unsigned i = 0; i < n; i++) {
            const uint8_t *data = shared->pool + (burst[i] & 0x3fffff) * FRAME + (burst[i] >> 32 & 0xffff);
            counted += (data[12] << 8 | data[13]) == 0x0800;
        }
        for (unsigned done = 0; done < n && !atomic_load_explicit(&shared->over, memory_order_relaxed);) {
            unsigned sent = post(&out, burst + done, n - done, 0);
            done += sent;
            if (!sent) sched_yield();
        }
    }
    if (!counted) fprintf(stderr, "bare: no packet was seen\n");
}

static void run_command(int memory, char **command) {
    const int from[] = {memory, bell[1][0], bell[0][1]};
    int high[3];
    for (int i = 0; i < 3; i++) high[i] = fcntl(from[i], F_DUPFD, 16);
    for (int i = 0; i < 3; i++) dup2(high[i], 3 + i);
    execvp(command[0], command);
    perror(command[0]);
}

static pid_t start_forwarder(int memory, char **command) {
    pid_t child = fork();
    if (child) return child;
    pin(1);
    if (command) run_command(memory, command);
    else forwarder();
    _exit(0);
}

int main(int count, char **words) {
    double seconds = count > 1 ? atof(words[1]) : 1;
    uint64_t size = count > 2 ? strtoull(words[2], NULL, 10) : 64;
    int memory = memfd_create("bare", 0);
    if (memory < 0 || ftruncate(memory, sizeof *shared)) return perror("bare"), 1;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memory, 0);
    if (shared == MAP_FAILED || pipe(bell[0]) || pipe(bell[1])) return perror("bare"), 1;
    for (size_t f = 0; f < FRAMES; f++) memcpy(shared->pool + f * FRAME + DATA + 12, "\x08\x00", 2);
    pid_t child = start_forwarder(memory, count > 3 ? words + 3 : NULL);
    pin(0);
    struct end out = {&shared->out, 0, 0}, in = {&shared->back, 0, 0};
    static uint32_t home[FRAMES];
    uint32_t free = FRAMES;
    for (uint32_t f = 0; f < FRAMES; f++) home[f] = f;
    uint64_t burst[BURST], packets = 0;
    bool warm = false;
    double began = now(), end = began + 10 + seconds, at = began;
    for (unsigned pass = 0; at < end; pass++) {
        if (pass % 64 == 0) at = now();
        if (!warm && packets >= WARM) warm = true, packets = 0, began = at, end = at + seconds;
        unsigned sent = 0;
        if (free >= BURST) {
            for (unsigned i = 0; i < BURST; i++) {
                uint32_t f = home[--free];
                *(uint64_t *)(shared->pool + (size_t)f * FRAME + DATA + 24) = packets + i;
                burst[i] = f | (uint64_t)DATA << 32 | size << 48;
            }
            sent = post(&out, burst, BURST, 1);
            for (unsigned i = sent; i < BURST; i++) home[free++] = (uint32_t)burst[i] & 0x3fffff;
        }
        unsigned back = take(&in, burst);
        for (unsigned i = 0; i < back; i++) home[free++] = (uint32_t)burst[i] & 0x3fffff;
        packets += back;
        if (!sent && !back) sleep_on(0, &in);
    }
    printf("%.2f\n", (double)packets / (at - began) / 1e6);
    atomic_store(&shared->over, 1);
    if (write(bell[1][1], "", 1) < 0) return 1;
    waitpid(child, NULL, 0);
    return 0;
}
