/* The segment, its edges and its bells (spec/channel.md sections 1 to 4). */
#include "peer.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Atomic uint32_t *at32(peer *p, uint64_t offset) { return (_Atomic uint32_t *)(void *)(p->segment + offset); }
_Atomic uint64_t *at64(peer *p, uint64_t offset) { return (_Atomic uint64_t *)(void *)(p->segment + offset); }
_Atomic uint32_t *slot32(peer *p, unsigned slot, uint32_t offset) { return at32(p, p->off_slots + slot * COVEN_CHANNEL_PAGE + offset); }

void always_ring(peer *p, unsigned slot) {
    ssize_t written = write(p->bell[slot], "", 1);
    (void)written;
}

void ring_bell(peer *p, unsigned slot) {
    if (atomic_load(slot32(p, slot, COVEN_SLOT_OFF_PARK)) && atomic_exchange(slot32(p, slot, COVEN_SLOT_OFF_PARK), 0) == 1) always_ring(p, slot);
}

static uint64_t pages(uint64_t bytes) { return (bytes + COVEN_CHANNEL_PAGE - 1) / COVEN_CHANNEL_PAGE * COVEN_CHANNEL_PAGE; }

static uint8_t log2_of(uint32_t least) {
    uint8_t log = 0;
    while (1u << log < least) log++;
    return log;
}

static void add_edge(peer *p, uint8_t role, unsigned output, unsigned lane) {
    if (p->edge_count == EDGES_MAX) die("more edges than a table holds: fewer --outputs or --lanes");
    edge *e = &p->edges[p->edge_count++];
    bool block = p->options.block && role == COVEN_ROLE_OUT;
    uint32_t limit = role == COVEN_ROLE_ALLOC ? COVEN_LIMITS_ALLOC_LIMIT : role == COVEN_ROLE_RETURN ? p->frame_count : p->options.limit;
    *e = (edge){.id = (uint16_t)(100 + p->edge_count), .role = role, .output = (uint16_t)output, .lane = (uint8_t)lane,
                .flags = block ? COVEN_EDGE_FLAG_BLOCK : 0, .limit = limit, .cap_log2 = log2_of(limit + COVEN_LIMITS_EDGE_SLACK)};
    e->at = p->rings_len;
    p->rings_len += (COVEN_RING_OFF_SLOTS + 8ull * (1u << e->cap_log2) + COVEN_CHANNEL_LINE - 1) / COVEN_CHANNEL_LINE * COVEN_CHANNEL_LINE;
}

/* A lane is an input and an edge for each output. */
static void plan_edges(peer *p) {
    for (unsigned lane = 0; lane < p->options.lanes; lane++) {
        add_edge(p, COVEN_ROLE_IN, 0, lane);
        for (unsigned output = 0; output < p->options.outputs; output++) add_edge(p, COVEN_ROLE_OUT, output, lane);
    }
    add_edge(p, COVEN_ROLE_RETURN, 0, 0);
    if (p->options.creates) add_edge(p, COVEN_ROLE_ALLOC, 0, 0);
}

static void put16(uint8_t *at, uint16_t v) { memcpy(at, &v, sizeof v); }
static void put32(uint8_t *at, uint32_t v) { memcpy(at, &v, sizeof v); }
static void put64(uint8_t *at, uint64_t v) { memcpy(at, &v, sizeof v); }

static void write_edges(peer *p) {
    uint8_t *table = p->segment + p->off_slots + COMPONENT_SLOT * COVEN_CHANNEL_PAGE + COVEN_SLOT_OFF_EDGES;
    for (unsigned i = 0; i < p->edge_count; i++, table += COVEN_EDGE_SIZE) {
        edge *e = &p->edges[i];
        e->at += p->off_rings;
        put32(table + COVEN_EDGE_OFF_RING, (uint32_t)(e->at / COVEN_CHANNEL_RING_UNIT));
        put16(table + COVEN_EDGE_OFF_ID, e->id);
        table[COVEN_EDGE_OFF_ROLE] = e->role;
        table[COVEN_EDGE_OFF_FLAGS] = e->flags;
        put16(table + COVEN_EDGE_OFF_OUTPUT, e->output);
        table[COVEN_EDGE_OFF_CAP_LOG2] = e->cap_log2;
        table[COVEN_EDGE_OFF_LANE] = e->lane;
        put32(table + COVEN_EDGE_OFF_LIMIT, e->limit);
    }
}

static void write_header(peer *p) {
    uint8_t *h = p->segment;
    put64(h + COVEN_HEADER_OFF_MAGIC, COVEN_CHANNEL_MAGIC);
    put16(h + COVEN_HEADER_OFF_MAJOR, COVEN_CHANNEL_MAJOR);
    put16(h + COVEN_HEADER_OFF_MINOR, COVEN_CHANNEL_MINOR);
    put32(h + COVEN_HEADER_OFF_HEADER_LEN, COVEN_CHANNEL_PAGE);
    put64(h + COVEN_HEADER_OFF_SEGMENT_SIZE, p->size);
    put64(h + COVEN_HEADER_OFF_FEATURES_OFFERED, COVEN_FEATURE_MARKERS | COVEN_FEATURE_FAN_OUT);
    put32(h + COVEN_HEADER_OFF_FRAME_COUNT, p->frame_count);
    put32(h + COVEN_HEADER_OFF_FRAME_SIZE, p->frame_size);
    put32(h + COVEN_HEADER_OFF_DATA_OFFSET, COVEN_LIMITS_DATA_OFFSET_DEFAULT);
    put32(h + COVEN_HEADER_OFF_EDGE_LIMIT, p->options.limit);
    put32(h + COVEN_HEADER_OFF_SLOT_COUNT, SLOTS);
    put32(h + COVEN_HEADER_OFF_SLOT_STRIDE, COVEN_CHANNEL_PAGE);
    put64(h + COVEN_HEADER_OFF_OFF_SLOTS, p->off_slots);
    put64(h + COVEN_HEADER_OFF_OFF_META, p->off_meta);
    put64(h + COVEN_HEADER_OFF_OFF_OWN, p->off_own);
    put64(h + COVEN_HEADER_OFF_OFF_POOL, p->off_pool);
    put64(h + COVEN_HEADER_OFF_OFF_RINGS, p->off_rings);
    put64(h + COVEN_HEADER_OFF_RINGS_LEN, p->rings_len);
    put32(h + COVEN_HEADER_OFF_STATE, COVEN_CHANNEL_STATE_RUNNING);
    put32(h + COVEN_HEADER_OFF_ENGINE_PID, (uint32_t)getpid());
}

static void place_regions(peer *p) {
    p->off_slots = COVEN_CHANNEL_PAGE;
    p->off_rings = p->off_slots + SLOTS * COVEN_CHANNEL_PAGE;
    p->rings_len = pages(p->rings_len);
    p->off_meta = p->off_rings + p->rings_len;
    p->off_own = p->off_meta + pages((uint64_t)p->frame_count * COVEN_META_SIZE);
    p->off_pool = p->off_own + pages((uint64_t)p->frame_count * 8);
    p->size = p->off_pool + pages((uint64_t)p->frame_count * p->frame_size);
}

static void make_memory(peer *p) {
    p->memfd = memfd_create("coven-peer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (p->memfd < 0 || ftruncate(p->memfd, (off_t)p->size)) die("memfd");
    if (fcntl(p->memfd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) die("seals");
    p->segment = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, p->memfd, 0);
    if (p->segment == MAP_FAILED) die("mmap");
}

static void make_bells(peer *p) {
    const char *tmp = getenv("TMPDIR");
    snprintf(p->folder, sizeof p->folder, "%s/coven-peer-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(p->folder)) die(p->folder);
    snprintf(p->agent_path, sizeof p->agent_path, "%s/agent.sock", p->folder);
    for (unsigned i = 0; i < SLOTS; i++) {
        char path[300];
        snprintf(path, sizeof path, "%s/bell.%u", p->folder, i);
        if (mkfifo(path, 0600)) die(path);
        p->bell[i] = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (p->bell[i] < 0) die(path);
    }
}

void make_channel(peer *p) {
    p->frame_count = p->options.frames;
    p->frame_size = COVEN_LIMITS_FRAME_SIZE_DEFAULT;
    plan_edges(p);
    place_regions(p);
    make_memory(p);
    write_edges(p);
    write_header(p);
    make_bells(p);
    *slot32(p, COMPONENT_SLOT, COVEN_SLOT_OFF_SPIN_NS) = p->options.spin_ns;
    p->frames = calloc(p->frame_count, sizeof *p->frames);
    p->home = calloc(p->frame_count, sizeof *p->home);
    if (!p->frames || !p->home) die("memory");
    for (uint32_t i = 0; i < p->frame_count; i++) p->home[p->home_count++] = p->frame_count - 1 - i;
}

void free_channel(peer *p) {
    for (unsigned i = 0; i < SLOTS; i++) {
        char path[300];
        snprintf(path, sizeof path, "%s/bell.%u", p->folder, i);
        unlink(path);
        close(p->bell[i]);
    }
    unlink(p->agent_path);
    rmdir(p->folder);
    munmap(p->segment, p->size);
    close(p->memfd);
    free(p->frames);
    free(p->home);
}
