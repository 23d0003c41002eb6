/** @file
 * COVEN: a network function in C is one function over packets.
 *
 *     #include <coven/nf.h>
 *     COVEN_COUNTER(dropped, "packets", "marked packets discarded");
 *     static coven_verdict filter(coven_packet *packet, void *state) {
 *         if (packet->context[0] == 0) return COVEN_FORWARD;
 *         coven_add(&dropped, 1);
 *         return COVEN_DROP;
 *     }
 *     int main(void) { return coven_run(filter, NULL); }
 *
 * One thread: the function, its agent operations and its timers never run at the same time.
 */
#ifndef COVEN_NF_H
#define COVEN_NF_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/** Where a packet goes: the number of an output, or COVEN_DROP. Output 0 is `out`. */
typedef uint16_t coven_verdict;
#define COVEN_FORWARD ((coven_verdict)0)
#define COVEN_DROP ((coven_verdict)0xFFFF)

/** A packet in the hands of this component. Valid until the function returns (burst form: until the burst returns). */
typedef struct coven_packet {
    uint8_t *data;         /**< first byte of the Ethernet frame */
    uint32_t length;       /**< bytes */
    coven_verdict verdict; /**< burst form: set it; preset to COVEN_FORWARD */
    uint16_t lane;         /**< private (spec/channel.md, section 4) */
    uint8_t *context;      /**< the 16 context bytes, read and written in place */
    uint64_t descriptor;   /**< private */
} coven_packet;

typedef coven_verdict (*coven_function)(coven_packet *packet, void *state);
typedef void (*coven_burst_function)(coven_packet *packets, unsigned count, void *state);

/** Run the component until it is told to stop. Returns the exit status for main; errors are printed. */
int coven_run(coven_function function, void *state);
/** The same, a burst (1 to 64 packets) at a time: set each packet's verdict in place. */
int coven_run_burst(coven_burst_function function, void *state);

/** The verdict that sends a packet to the output `name` of this component; COVEN_DROP and a line on stderr if there is none. Look it up once. */
coven_verdict coven_to(const char *name);

/** The dense metadata of a packet (spec/channel.md, section 8). */
uint32_t coven_flow_hash(const coven_packet *packet);
uint64_t coven_time_ns(const coven_packet *packet); /**< arrival, CLOCK_REALTIME, nanoseconds */
uint32_t *coven_mark(const coven_packet *packet);
/** Service path identifier (24 bits) and service index (8 bits) of the NSH it came with; 0 if none. */
uint32_t coven_service_path(const coven_packet *packet);

/** Leave the checksum at `start + offset`, over all from `start` on, to the card (CSUM_PARTIAL): its field holds the sum of the pseudo header. */
void coven_leave_checksum(coven_packet *packet, uint16_t start, uint16_t offset);

/** Numbers in network byte order at an offset. False, and nothing done, outside of the packet. */
static inline bool coven_u8(const coven_packet *packet, uint32_t offset, uint8_t *value) {
    if (offset >= packet->length) return false;
    *value = packet->data[offset];
    return true;
}
static inline bool coven_u16(const coven_packet *packet, uint32_t offset, uint16_t *value) {
    if (offset + 2ull > packet->length) return false;
    *value = (uint16_t)(packet->data[offset] << 8 | packet->data[offset + 1]);
    return true;
}
static inline bool coven_u32(const coven_packet *packet, uint32_t offset, uint32_t *value) {
    const uint8_t *at = packet->data + offset;
    if (offset + 4ull > packet->length) return false;
    *value = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return true;
}
static inline bool coven_put_u8(coven_packet *packet, uint32_t offset, uint8_t value) {
    if (offset >= packet->length) return false;
    packet->data[offset] = value;
    return true;
}
static inline bool coven_put_u16(coven_packet *packet, uint32_t offset, uint16_t value) {
    if (offset + 2ull > packet->length) return false;
    packet->data[offset] = (uint8_t)(value >> 8), packet->data[offset + 1] = (uint8_t)value;
    return true;
}
static inline bool coven_put_u32(coven_packet *packet, uint32_t offset, uint32_t value) {
    if (offset + 4ull > packet->length) return false;
    return coven_put_u16(packet, offset, (uint16_t)(value >> 16)) && coven_put_u16(packet, offset + 2, (uint16_t)value);
}

/** Make room for `bytes` in front (or, negative, cut them off). False, and nothing changed, if the frame has no room. */
bool coven_grow_front(coven_packet *packet, int32_t bytes);
/** The same at the end. */
bool coven_grow_back(coven_packet *packet, int32_t bytes);

/** A packet of one's own (needs `creates: true`): `length` bytes, undefined content, zero context, the lane of `like`. False if none is to be had. */
bool coven_packet_new(coven_packet *packet, uint32_t length, const coven_packet *like);
/** A copy of `original` with its context. */
bool coven_packet_clone(coven_packet *copy, const coven_packet *original);
/** Send a packet of one's own to an output (verdict COVEN_DROP gives it back). */
void coven_send(coven_packet *packet, coven_verdict output);

/* ---- Extended agent: what this component shows (spec/ea.md) ---- */

typedef struct coven_item {
    const char *name, *kind, *type, *unit, *help;
    uint64_t value;                 /**< counter; or gauge and setting, as the bits of an int64_t or a double */
    struct coven_item *next;
    /** Command: writes a JSON value into `reply` (`size` bytes) and returns 0, or a text and returns -1. */
    int (*call)(const char *argument, char *reply, size_t size, void *state);
    /** Setting: asked before a new value counts; false refuses it. May be NULL. */
    bool (*accept)(struct coven_item *item, void *state);
    void *state;
    char text[128];                 /**< value of a string setting */
} coven_item;
typedef coven_item coven_counter;

/** Publish an item; names are unique, the first counts. */
void coven_publish(coven_item *item);

#define COVEN_ITEM_(symbol, kind_, type_, unit_, help_, initial_) \
    static coven_item symbol = {#symbol, kind_, type_, unit_, help_, initial_, 0, 0, 0, 0, {0}}; \
    __attribute__((constructor)) static void symbol##_publish_(void) { coven_publish(&symbol); }
/** A counter that is published from the start; COVEN_COUNTER(dropped, "packets", "…") defines `dropped`. */
#define COVEN_COUNTER(symbol, unit, help) COVEN_ITEM_(symbol, "counter", "integer", unit, help, 0)
#define COVEN_GAUGE(symbol, unit, help) COVEN_ITEM_(symbol, "gauge", "integer", unit, help, 0)
/** An integer that operators may set. */
#define COVEN_SETTING(symbol, initial, unit, help) COVEN_ITEM_(symbol, "setting", "integer", unit, help, (uint64_t)(int64_t)(initial))
/** A command: COVEN_COMMAND(reset, reset_function, "help"). */
#define COVEN_COMMAND(symbol, function_, help_) \
    static coven_item symbol = {#symbol, "command", "command", "", help_, 0, 0, function_, 0, 0, {0}}; \
    __attribute__((constructor)) static void symbol##_publish_(void) { coven_publish(&symbol); }

#define COVEN_HISTOGRAM_BOUNDS 64
/** How often values fell where: bucket i counts those up to bound i and above the one before; what lies over the last is in `count` alone. */
typedef struct coven_histogram {
    coven_item item;
    unsigned bound_count; /**< none stated: powers of two, 1 to 2^31 */
    uint64_t bounds[COVEN_HISTOGRAM_BOUNDS], buckets[COVEN_HISTOGRAM_BOUNDS], count, sum;
} coven_histogram;
/** Publish a histogram; its bounds have to rise. */
void coven_publish_histogram(coven_histogram *histogram);
/** A histogram with its upper bounds, at most 64: COVEN_HISTOGRAM(sizes, "bytes", "…", 64, 256, 1500). */
#define COVEN_HISTOGRAM(symbol, unit_, help_, ...) \
    static coven_histogram symbol = {.item = {#symbol, "histogram", "integer", unit_, help_, 0, 0, 0, 0, 0, {0}}, .bounds = {__VA_ARGS__}, \
                                     .bound_count = sizeof (uint64_t[]){0, ##__VA_ARGS__} / sizeof(uint64_t) - 1}; \
    __attribute__((constructor)) static void symbol##_publish_(void) { coven_publish_histogram(&symbol); }
void coven_record(coven_histogram *histogram, uint64_t value);

static inline void coven_add(coven_counter *counter, uint64_t amount) { counter->value += amount; }
static inline void coven_set(coven_item *gauge, int64_t value) { gauge->value = (uint64_t)value; }
static inline int64_t coven_value(const coven_item *setting) { return (int64_t)setting->value; }

#ifdef __cplusplus
}
#endif
#endif
