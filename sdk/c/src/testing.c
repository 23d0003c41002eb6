/* The harness: the library's own rings and checks, with both ends in this process. */
#include "items.h"
#include "ring.h"
#include <coven/context.h>
#include <coven/headers.h>
#include <coven/nsh.h>
#include <coven/testing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 128, LENT = 64, RING = 256, WORDS = 4 };
enum { END_IN, END_ALLOC, END_BACK, END_OUT }; /* outputs follow */

struct coven_harness {
    uint8_t *memory;
    _Atomic uint32_t words[COVEN_LIMITS_EDGES_MAX][WORDS]; /* head, tail, want, park */
    _Atomic uint64_t slots[COVEN_LIMITS_EDGES_MAX][RING];
    uint32_t taken[COVEN_LIMITS_EDGES_MAX]; /* the far end's cursor */
    uint32_t free[FRAMES], free_count, used[FRAMES], used_count; /* used: to be free again with the next packet */
    uint32_t fed;                                                /* the frame of the packet that was fed */
    coven_result outcome, sent[FRAMES];
    unsigned sent_count, sent_told;
    bool fed_back;
    char text[ITEM_TEXT];
};

static void make_end(coven_harness *h, unsigned index, uint8_t role, uint16_t output) {
    cvn_end *end = &cvn.table->ends[index];
    *end = (cvn_end){.head = &h->words[index][0], .tail = &h->words[index][1], .want = &h->words[index][2], .peer_park = &h->words[index][3],
                     .slots = h->slots[index], .capacity = RING, .limit = RING - COVEN_LIMITS_EDGE_SLACK, .owner = (uint64_t)(index + 1) << COVEN_OWNER_EDGE_SHIFT,
                     .id = (uint16_t)(index + 1), .output = output, .role = role, .index = (uint8_t)index};
    cvn.table->count++;
}

static void make_table(coven_harness *h) {
    cvn.table = &cvn.tables[0];
    make_end(h, END_IN, COVEN_ROLE_IN, 0);
    make_end(h, END_ALLOC, COVEN_ROLE_ALLOC, 0);
    make_end(h, END_BACK, COVEN_ROLE_RETURN, 0);
    for (uint16_t i = 0; i < coven_output_count(); i++) make_end(h, END_OUT + i, COVEN_ROLE_OUT, i);
    cvn.table->in[cvn.table->in_count++] = &cvn.table->ends[END_IN];
    cvn.table->alloc = &cvn.table->ends[END_ALLOC];
    cvn.table->back = &cvn.table->ends[END_BACK];
    cvn_plan_routes(cvn.table);
}

/* The far end posts. */
static void post(coven_harness *h, unsigned end, uint64_t descriptor) {
    uint32_t head = atomic_load_explicit(&h->words[end][0], memory_order_relaxed);
    atomic_store_explicit(&h->slots[end][head % RING], descriptor, memory_order_relaxed);
    atomic_store_explicit(&h->words[end][0], head + 1, memory_order_release);
}

/* The far end takes. */
static bool take(coven_harness *h, unsigned end, uint64_t *descriptor) {
    if (h->taken[end] == atomic_load_explicit(&h->words[end][0], memory_order_acquire)) return false;
    *descriptor = atomic_load_explicit(&h->slots[end][h->taken[end] % RING], memory_order_relaxed);
    atomic_store_explicit(&h->words[end][1], ++h->taken[end], memory_order_release);
    return true;
}

static void lend(coven_harness *h) {
    while (h->free_count && h->words[END_ALLOC][0] - h->words[END_ALLOC][1] < LENT)
        post(h, END_ALLOC, h->free[--h->free_count] | (uint64_t)cvn.data_offset << COVEN_DESCRIPTOR_OFFSET_SHIFT);
}

static void make_channel(coven_harness *h) {
    memset(&cvn, 0, sizeof cvn);
    memset(cvn.bell, 0xFF, sizeof cvn.bell);
    cvn.folder_fd = cvn.event_fd = cvn.agent_fd = -1;
    cvn.frame_count = FRAMES, cvn.frame_size = COVEN_LIMITS_FRAME_SIZE_DEFAULT, cvn.data_offset = COVEN_LIMITS_DATA_OFFSET_DEFAULT;
    cvn.slot_count = 2, cvn.slot_number = 1;
    cvn.slot = h->memory;
    cvn.orders = cvn_u32(cvn.slot, COVEN_SLOT_OFF_WANT_EPOCH), cvn.hungry = cvn_u32(cvn.slot, COVEN_SLOT_OFF_HUNGRY);
    cvn.own = cvn_u64(h->memory, COVEN_CHANNEL_PAGE);
    cvn.meta = h->memory + 2 * COVEN_CHANNEL_PAGE;
    cvn.pool = cvn.meta + FRAMES * COVEN_META_SIZE;
    cvn.attached = true;
    make_table(h);
    for (uint32_t i = 0; i < FRAMES; i++) h->free[h->free_count++] = i;
    lend(h);
}

coven_harness *coven_harness_open(const char *outputs, const char *layout) {
    char error[256] = "this process is attached, or has a harness, already";
    size_t size = 2 * COVEN_CHANNEL_PAGE + FRAMES * (COVEN_META_SIZE + COVEN_LIMITS_FRAME_SIZE_DEFAULT);
    coven_harness *h = NULL;
    if (!cvn.attached && coven_context_layout(layout, error, sizeof error)) {
        h = calloc(1, sizeof *h);
        if (h) h->memory = aligned_alloc(COVEN_CHANNEL_PAGE, (size + COVEN_CHANNEL_PAGE - 1) / COVEN_CHANNEL_PAGE * COVEN_CHANNEL_PAGE);
        if (!h || !h->memory) snprintf(error, sizeof error, "no memory");
    }
    if (!h || !h->memory) {
        fprintf(stderr, "harness: %s\n", error);
        return free(h), NULL;
    }
    memset(h->memory, 0, size);
    cvn_name_outputs(outputs ? outputs : "out");
    make_channel(h);
    return h;
}

void coven_harness_close(coven_harness *h) {
    if (!h) return;
    cvn_name_outputs(NULL);
    cvn_forget_failures();
    memset(&cvn, 0, sizeof cvn);
    free(h->memory);
    free(h);
}

/* ---- one packet in ---- */

static void put16(uint8_t *meta, unsigned at, size_t value) {
    uint16_t word = (uint16_t)value;
    memcpy(meta + at, &word, sizeof word);
}

/* As at an `aware` connection point. */
static void find_nsh(uint8_t *data, uint32_t length, uint8_t *meta) {
    coven_packet packet = {.data = data, .length = length};
    coven_headers headers = coven_headers_of(&packet);
    size_t at = 14u + 4u * headers.tags;
    if (headers.type != 0x894F || length < at + 8 || (data[at + 1] & 63u) < 2 || at + (data[at + 1] & 63u) * 4 > length) return;
    uint32_t path;
    memcpy(&path, data + at + 4, sizeof path);
    path = __builtin_bswap32(path);
    put16(meta, COVEN_META_OFF_FLAGS, COVEN_META_FLAG_NSH | ((data[at + 2] & 15) == 2 ? COVEN_META_FLAG_MD2 : 0));
    put16(meta, COVEN_META_OFF_NSH_OFFSET, cvn.data_offset + at);
    put16(meta, COVEN_META_OFF_NSH_LENGTH, (data[at + 1] & 63u) * 4);
    memcpy(meta + COVEN_META_OFF_NSH_PATH, &path, sizeof path);
}

static void begin(coven_harness *h) {
    while (h->used_count) h->free[h->free_count++] = h->used[--h->used_count];
    lend(h);
    h->sent_count = h->sent_told = 0;
    h->fed_back = false;
    h->outcome = (coven_result){.verdict = COVEN_DROP, .error = "not handed on"};
}

bool coven_harness_feed(coven_harness *h, const void *bytes, uint32_t length, const uint8_t *context, uint64_t time_ns) {
    begin(h);
    if (!h->free_count || length > cvn.frame_size - cvn.data_offset) return false;
    h->fed = h->free[--h->free_count];
    uint8_t *meta = cvn.meta + h->fed * COVEN_META_SIZE, *data = cvn.pool + (size_t)h->fed * cvn.frame_size + cvn.data_offset;
    memset(meta, 0, COVEN_META_SIZE);
    if (length) memcpy(data, bytes, length);
    memcpy(meta + COVEN_META_OFF_TIME_NS, &time_ns, sizeof time_ns);
    if (context) memcpy(meta + COVEN_META_OFF_CONTEXT, context, COVEN_LIMITS_CONTEXT_BYTES);
    find_nsh(data, length, meta);
    post(h, END_IN, cvn_place(h->fed, cvn.data_offset, length));
    return true;
}

/* ---- what became of it ---- */

static coven_result result_of(uint64_t descriptor, uint16_t output) {
    uint32_t index = cvn_index(descriptor);
    const uint8_t *meta = cvn.meta + index * COVEN_META_SIZE;
    coven_result result = {.verdict = output, .output = coven_output_name(output), .data = cvn.pool + (size_t)index * cvn.frame_size + cvn_offset(descriptor),
                           .length = cvn_length(descriptor), .context = meta + COVEN_META_OFF_CONTEXT};
    memcpy(&result.mark, meta + COVEN_META_OFF_MARK, sizeof result.mark);
    return result;
}

static const char *reason_name(uint32_t reason) {
#define NAME(number, name) if (reason == (number)) return name;
    COVEN_REASON_NAMES(NAME)
#undef NAME
    return "unknown";
}

static void account(coven_harness *h, uint64_t descriptor, coven_result result) {
    uint32_t index = cvn_index(descriptor);
    h->used[h->used_count++] = index;
    if (index == h->fed && !h->fed_back) {
        h->outcome = result;
        h->fed_back = true;
    } else if (result.data) {
        h->sent[h->sent_count++] = result;
    }
}

coven_result coven_harness_outcome(coven_harness *h) {
    uint64_t d;
    cvn_flush();
    for (uint16_t output = 0; output < coven_output_count(); output++)
        while (take(h, END_OUT + output, &d)) account(h, d, result_of(d, output));
    while (take(h, END_BACK, &d)) {
        uint32_t reason = (uint32_t)(d >> 32);
        coven_result dropped = {.verdict = COVEN_DROP, .error = reason == COVEN_REASON_COMPONENT ? NULL : reason_name(reason)};
        memcpy(&dropped.mark, cvn.meta + cvn_index(d) * COVEN_META_SIZE + COVEN_META_OFF_MARK, sizeof dropped.mark);
        dropped.context = cvn.meta + cvn_index(d) * COVEN_META_SIZE + COVEN_META_OFF_CONTEXT;
        account(h, d, dropped);
    }
    return h->outcome;
}

bool coven_harness_sent(coven_harness *h, coven_result *result) {
    if (h->sent_told == h->sent_count) return false;
    *result = h->sent[h->sent_told++];
    return true;
}

/* ---- the C function ---- */

static coven_result run_one(coven_harness *h, coven_function function, void *state, const void *bytes, uint32_t length, const uint8_t *context, uint64_t time_ns) {
    coven_packet packet;
    if (!coven_harness_feed(h, bytes, length, context, time_ns)) return (coven_result){.verdict = COVEN_DROP, .error = "too_large"};
    if (coven_take(&packet, 1)) {
        packet.verdict = function(&packet, state);
        coven_finish(&packet, 1);
    }
    return coven_harness_outcome(h);
}

coven_result coven_harness_packet(coven_harness *h, coven_function function, void *state, const void *bytes, uint32_t length, const uint8_t *context) {
    return run_one(h, function, state, bytes, length, context, 0);
}

long coven_harness_capture(coven_harness *h, coven_function function, void *state, const char *file, void (*each)(const coven_result *, void *), void *argument) {
    char error[256];
    const uint8_t *bytes;
    uint32_t length;
    uint64_t time_ns;
    long count = 0;
    coven_capture *capture = coven_capture_open(file, error, sizeof error);
    if (!capture) return fprintf(stderr, "harness: %s\n", error), -1;
    for (; coven_capture_next(capture, &bytes, &length, &time_ns); count++) {
        coven_result result = run_one(h, function, state, bytes, length, NULL, time_ns);
        if (each) each(&result, argument);
    }
    if (coven_capture_fault(capture)) {
        fprintf(stderr, "harness: %s: %s\n", file, coven_capture_fault(capture));
        count = -1;
    }
    coven_capture_close(capture);
    return count;
}

const char *coven_harness_item(coven_harness *h, const char *name) {
    item_ref item;
    return item_find(name, &item) && item_get(item, h->text, sizeof h->text) == ITEM_OK ? h->text : NULL;
}

bool coven_harness_set(coven_harness *h, const char *name, const char *json) {
    item_ref item;
    return item_find(name, &item) && item_set(item, json, h->text, sizeof h->text) == ITEM_OK;
}
