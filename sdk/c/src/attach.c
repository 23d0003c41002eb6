/* Attaching and leaving (spec/channel.md sections 1 and 7). */
#include "channel.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define INHERITED "/proc/self/fd/3"
#define HEADER_LEN 140u /* up to engine_pid */

static bool refuse(char *error, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, size, format, arguments);
    va_end(arguments);
    return false;
}

void cvn_state(uint32_t state) {
    cvn_store(cvn_u32(cvn.slot, COVEN_SLOT_OFF_STATE), state, memory_order_seq_cst);
    cvn_ring_slot(0);
}

void cvn_error(uint32_t error, uint32_t argument) {
    cvn_store(cvn_u32(cvn.slot, COVEN_SLOT_OFF_ERROR_ARG), argument, memory_order_relaxed);
    cvn_store(cvn_u32(cvn.slot, COVEN_SLOT_OFF_ERROR), error, memory_order_release);
}

void cvn_broken(uint32_t error, uint32_t argument) {
    cvn_error(error, argument);
    cvn.failed = true;
    cvn_state(COVEN_SLOT_STATE_FAILED);
}

static uint32_t h32(const uint8_t *header, uint32_t offset) {
    uint32_t value;
    memcpy(&value, header + offset, sizeof value);
    return value;
}

static uint64_t h64(const uint8_t *header, uint32_t offset) {
    uint64_t value;
    memcpy(&value, header + offset, sizeof value);
    return value;
}

static bool check_version(const uint8_t *h, char *error, size_t size) {
    unsigned major = h32(h, COVEN_HEADER_OFF_MAJOR) & 0xFFFF;
    uint64_t lacking = h64(h, COVEN_HEADER_OFF_FEATURES_REQUIRED) & ~CVN_FEATURES;
    if (h64(h, COVEN_HEADER_OFF_MAGIC) != COVEN_CHANNEL_MAGIC) return refuse(error, size, "channel: not a COVEN channel (magic)");
    if (major != COVEN_CHANNEL_MAJOR)
        return refuse(error, size, "channel: version %u, but this library speaks %u; rebuild the component for this engine", major, COVEN_CHANNEL_MAJOR);
    if (lacking) return refuse(error, size, "channel: requires features 0x%llx that this library lacks", (unsigned long long)lacking);
    return true;
}

static bool check_region(uint64_t offset, uint64_t length, uint64_t segment, const char *name, char *error, size_t size) {
    if (offset >= COVEN_CHANNEL_PAGE && offset % COVEN_CHANNEL_PAGE == 0 && offset <= segment && length <= segment - offset) return true;
    return refuse(error, size, "channel: header: the %s (%llu bytes at %llu) do not fit the segment of %llu bytes", name,
                  (unsigned long long)length, (unsigned long long)offset, (unsigned long long)segment);
}

typedef struct region { uint64_t at, length; const char *name; } region;

static bool check_regions(const uint8_t *h, uint64_t segment, char *error, size_t size) {
    uint64_t frames = cvn.frame_count;
    region all[] = {
        {h64(h, COVEN_HEADER_OFF_OFF_SLOTS), (uint64_t)cvn.slot_count * cvn.slot_stride, "slots"},
        {cvn.off_rings, cvn.rings_len, "rings"},
        {h64(h, COVEN_HEADER_OFF_OFF_META), frames * COVEN_META_SIZE, "metadata"},
        {h64(h, COVEN_HEADER_OFF_OFF_OWN), frames * 8, "owner words"},
        {h64(h, COVEN_HEADER_OFF_OFF_POOL), frames * cvn.frame_size, "frames"},
    };
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        if (!check_region(all[i].at, all[i].length, segment, all[i].name, error, size)) return false;
        for (unsigned k = 0; k < i; k++)
            if (all[k].at < all[i].at + all[i].length && all[i].at < all[k].at + all[k].length)
                return refuse(error, size, "channel: header: %s and %s overlap", all[k].name, all[i].name);
    }
    return true;
}

static bool check_counts(const uint8_t *h, char *error, size_t size) {
    cvn.frame_count = h32(h, COVEN_HEADER_OFF_FRAME_COUNT);
    cvn.frame_size = h32(h, COVEN_HEADER_OFF_FRAME_SIZE);
    cvn.data_offset = h32(h, COVEN_HEADER_OFF_DATA_OFFSET);
    cvn.slot_count = h32(h, COVEN_HEADER_OFF_SLOT_COUNT);
    cvn.slot_stride = h32(h, COVEN_HEADER_OFF_SLOT_STRIDE);
    cvn.off_rings = h64(h, COVEN_HEADER_OFF_OFF_RINGS);
    cvn.rings_len = h64(h, COVEN_HEADER_OFF_RINGS_LEN);
    if (!cvn.frame_count || cvn.frame_count > COVEN_LIMITS_FRAMES_MAX) return refuse(error, size, "channel: header: %u frames", cvn.frame_count);
    if (cvn.frame_size < 256 || cvn.frame_size > 65536 || cvn.frame_size % 64) return refuse(error, size, "channel: header: frames of %u bytes", cvn.frame_size);
    if (cvn.data_offset < COVEN_LIMITS_HEADROOM_MIN || cvn.data_offset >= cvn.frame_size) return refuse(error, size, "channel: header: data offset %u", cvn.data_offset);
    if (cvn.slot_stride < COVEN_CHANNEL_PAGE || cvn.slot_stride % COVEN_CHANNEL_PAGE) return refuse(error, size, "channel: header: slot stride %u", cvn.slot_stride);
    if (cvn.slot_count < 2 || cvn.slot_count > COVEN_LIMITS_SLOTS_MAX) return refuse(error, size, "channel: header: %u slots", cvn.slot_count);
    return true;
}

static bool check_header(const uint8_t *h, uint64_t file, char *error, size_t size) {
    cvn.size = h64(h, COVEN_HEADER_OFF_SEGMENT_SIZE);
    if (!check_version(h, error, size)) return false;
    if (h32(h, COVEN_HEADER_OFF_HEADER_LEN) < HEADER_LEN) return refuse(error, size, "channel: header: shorter than version 1.0 has it");
    if (cvn.size > file) return refuse(error, size, "channel: header: the segment has %llu bytes, the file %llu", (unsigned long long)cvn.size, (unsigned long long)file);
    if (!check_counts(h, error, size) || !check_regions(h, cvn.size, error, size)) return false;
    if (cvn.slot_number < 1 || cvn.slot_number >= cvn.slot_count)
        return refuse(error, size, "channel: COVEN_SLOT is %u, but there are slots 1 to %u", cvn.slot_number, cvn.slot_count - 1);
    return true;
}

static void find_regions(const uint8_t *header) {
    cvn.slots = cvn.segment + h64(header, COVEN_HEADER_OFF_OFF_SLOTS);
    cvn.slot = cvn.slots + (size_t)cvn.slot_number * cvn.slot_stride;
    cvn.meta = cvn.segment + h64(header, COVEN_HEADER_OFF_OFF_META);
    cvn.own = cvn_u64(cvn.segment + h64(header, COVEN_HEADER_OFF_OFF_OWN), 0);
    cvn.pool = cvn.segment + h64(header, COVEN_HEADER_OFF_OFF_POOL);
    cvn.orders = cvn_u32(cvn.slot, COVEN_SLOT_OFF_WANT_EPOCH);
    cvn.hungry = cvn_u32(cvn.slot, COVEN_SLOT_OFF_HUNGRY);
}

/* The members of a group have one mapping: packets go from one to another by their addresses. */
static uint8_t *mapping(int fd) {
    for (unsigned i = 0; i < cvn_member_count; i++)
        if (cvn_members[i]->channel.attached) return cvn_members[i]->channel.segment;
    void *at = mmap(NULL, cvn.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    return at == MAP_FAILED ? NULL : at;
}

static bool map(char *error, size_t size) {
    const char *path = getenv("COVEN_CHANNEL");
    int fd = path && *path ? open(path, O_RDWR | O_CLOEXEC) : open(path = INHERITED, O_RDWR | O_CLOEXEC);
    if (fd < 0) return refuse(error, size, "channel: %s: %s; components are started by COVEN, or by `coven dev`", path, strerror(errno));
    uint8_t header[COVEN_CHANNEL_PAGE];
    struct stat status;
    bool good = !fstat(fd, &status) && pread(fd, header, sizeof header, 0) == (ssize_t)sizeof header;
    if (!good) refuse(error, size, "channel: %s: too short for a header", path);
    good = good && check_header(header, (uint64_t)status.st_size, error, size);
    if (good) {
        cvn.segment = mapping(fd);
        if (!cvn.segment) good = refuse(error, size, "channel: %s: can't map %llu bytes: %s", path, (unsigned long long)cvn.size, strerror(errno));
    }
    close(fd);
    if (good) find_regions(header);
    return good;
}

static bool read_slot_number(char *error, size_t size) {
    const char *text = getenv("COVEN_SLOT");
    char *end;
    unsigned long number = text && *text ? strtoul(text, &end, 10) : 0;
    if (!number || *end || number >= COVEN_LIMITS_SLOTS_MAX)
        return refuse(error, size, "channel: COVEN_SLOT is %s; components are started by COVEN, or by `coven dev`", text ? text : "not set");
    cvn.slot_number = (uint32_t)number;
    return true;
}

static bool open_bells(char *error, size_t size) {
    const char *folder = getenv("COVEN_BELLS");
    cvn.folder_fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (cvn.folder_fd < 0) return refuse(error, size, "channel: COVEN_BELLS is %s: %s", folder ? folder : "not set", strerror(folder ? errno : EINVAL));
    const uint32_t needed[] = {0, cvn.slot_number};
    for (unsigned i = 0; i < 2; i++)
        if (cvn_open_bell(needed[i]) < 0) return refuse(error, size, "channel: %s/bell.%u: no FIFO that can be opened", folder, needed[i]);
    return true;
}

/* Counters go on where a process before this one in the slot left off. */
static void take_over_counters(void) {
    for (unsigned i = 0; i < CVN_COUNTERS; i++)
        cvn.counter[i] = atomic_load_explicit(cvn_u64(cvn.slot, COVEN_SLOT_OFF_COUNTERS) + i, memory_order_relaxed);
    cvn.heartbeat = cvn_load(cvn_u32(cvn.slot, COVEN_SLOT_OFF_HEARTBEAT), memory_order_relaxed);
}

/* A table that is replaced while it is read is read again; an engine that never stops replacing it is refused. */
static bool first_table(char *error, size_t size) {
    uint32_t argument = 0, tries = 0;
    bool good;
    take_over_counters();
    cvn_error(COVEN_ERROR_NONE, 0);
    cvn.table = &cvn.tables[0];
    do {
        cvn.epoch = cvn.noticed_epoch = cvn_load(cvn.orders, memory_order_acquire);
        good = cvn_read_table(cvn.epoch, cvn.table, NULL, &argument);
    } while (cvn_load(cvn.orders, memory_order_acquire) != cvn.epoch && ++tries < 1000);
    if (good) return true;
    cvn_broken(COVEN_ERROR_BAD_EDGE, argument);
    return refuse(error, size, "channel: edge table of epoch %u, entry %u: %s", cvn.epoch, argument, cvn_table_fault());
}

static void show_self(void) {
    cvn_store(cvn_u32(cvn.slot, COVEN_SLOT_OFF_SDK_VERSION), CVN_SDK_VERSION, memory_order_relaxed);
    atomic_store_explicit(cvn_u64(cvn.slot, COVEN_SLOT_OFF_FEATURES), CVN_FEATURES, memory_order_relaxed);
    cvn_store(cvn_u32(cvn.slot, COVEN_SLOT_OFF_PID), (uint32_t)getpid(), memory_order_relaxed);
    cvn_store(cvn_u32(cvn.slot, COVEN_SLOT_OFF_ACK_EPOCH), cvn.epoch, memory_order_seq_cst);
    cvn_state(COVEN_SLOT_STATE_ATTACHED);
}

static void close_member(void) {
    cvn_agent_close();
    for (unsigned i = 0; i < COVEN_LIMITS_SLOTS_MAX; i++)
        if (cvn.bell[i] >= 0) close(cvn.bell[i]);
    if (cvn.event_fd >= 0) close(cvn.event_fd);
    if (cvn.folder_fd >= 0) close(cvn.folder_fd);
    if (cvn_me->log) fclose(cvn_me->log);
    cvn_me->log = NULL;
    cvn_me->names.component[0] = 0;
    cvn.attached = false;
}

static bool any_attached(void) {
    for (unsigned i = 0; i < cvn_member_count; i++)
        if (cvn_members[i]->channel.attached) return true;
    return false;
}

/* The mapping goes with the last one. */
static void close_all(void) {
    close_member();
    if (cvn.segment && !any_attached()) munmap(cvn.segment, cvn.size);
    cvn.segment = NULL;
}

uint8_t *coven_segment(size_t *size) {
    *size = cvn.segment ? cvn.size : 0;
    return cvn.segment;
}

bool coven_failed(void) {
    for (unsigned i = 0; i < cvn_member_count; i++)
        if (cvn_members[i]->channel.failed) return true;
    return false;
}

int coven_attach(char *error, size_t error_size) {
    if (cvn.attached) return refuse(error, error_size, "channel: this process is attached already"), -1;
    if (!cvn_attaches_alone) return refuse(error, error_size, "a component with a loop of its own can't be fused: placement: { fuse: none }, or call coven_run or coven_run_burst"), -1;
    setpgid(0, 0); /* who starts it may leave it in his own group, which gets the signals of his terminal */
    memset(&cvn, 0, sizeof cvn);
    memset(cvn.bell, 0xFF, sizeof cvn.bell);
    cvn.folder_fd = cvn.event_fd = cvn.agent_fd = -1;
    cvn.passes_left = cvn.passes_budget = 1;
    cvn_read_names();
    snprintf(cvn_me->names.component, sizeof cvn_me->names.component, "%s", coven_component_name()); /* a member after it has another */
    bool good = read_slot_number(error, error_size) && map(error, error_size) && open_bells(error, error_size)
             && first_table(error, error_size) && !cvn_agent_open(error, error_size);
    if (!good) return close_all(), -1;
    if (!any_attached()) cvn_catch_signals();
    cvn_log(); /* by this environment, too */
    cvn.attached = true;
    cvn_link();
    show_self();
    return 0;
}

void coven_ready(void) {
    cvn_member *turn = cvn_me;
    CVN_EACH_MEMBER cvn_state(COVEN_SLOT_STATE_RUNNING);
    cvn_me = turn;
}

void coven_detach(void) {
    if (!any_attached()) return;
    CVN_EACH_MEMBER {
        if (!cvn.attached) continue;
        cvn_flush();
        cvn_give_up_held();
    }
    cvn_spill();
    cvn_release_signals();
    CVN_EACH_MEMBER if (cvn.attached && !cvn.failed) cvn_state(COVEN_SLOT_STATE_LEAVING);
    CVN_EACH_MEMBER if (cvn.attached) close_all();
    cvn_me = cvn_members[0];
}
