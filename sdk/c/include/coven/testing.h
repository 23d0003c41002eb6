/** @file
 * Tests of a component without the platform (spec/sdk.md): its function, on packets of a capture or of the test's own making.
 *
 *     coven_harness *h = coven_harness_open("out,aside", "tenant:24,rest:104");
 *     coven_result result = coven_harness_packet(h, filter, NULL, bytes, sizeof bytes, NULL);
 *     assert(result.verdict == COVEN_DROP && !strcmp(coven_harness_item(h, "dropped"), "1"));
 *     coven_harness_close(h);
 *
 * Packets go through the rings and checks of the library itself, in memory of this process; one harness at a time. A frame has 2,048 bytes,
 * 320 of them in front. The flow hash is 0; a frame with EtherType 0x894F has its NSH, as at an `aware` connection point.
 */
#ifndef COVEN_TESTING_H
#define COVEN_TESTING_H
#include "core.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct coven_harness coven_harness;

/** What became of a packet. Holds until the next packet. */
typedef struct coven_result {
    coven_verdict verdict;  /**< the number of an output, or COVEN_DROP */
    const char *output;     /**< its name; NULL when dropped */
    const char *error;      /**< the reason (spec/channel.toml) if it was dropped by other than the verdict, or NULL */
    const uint8_t *data;    /**< the bytes as they leave; NULL when dropped */
    uint32_t length;
    const uint8_t *context; /**< 16 bytes */
    uint32_t mark;
} coven_result;

/** Outputs (NULL: `out`) and layout of the context (NULL: none). NULL, and why on stderr, if they are none or this process is attached. */
coven_harness *coven_harness_open(const char *outputs, const char *layout);
void coven_harness_close(coven_harness *harness);

/** Give one packet to the function. `context`: 16 bytes, or NULL for zeroes. */
coven_result coven_harness_packet(coven_harness *harness, coven_function function, void *state, const void *bytes, uint32_t length, const uint8_t *context);
/** The packets of its own that the function sent meanwhile, one after the other; false after the last. */
bool coven_harness_sent(coven_harness *harness, coven_result *result);
/** Give it all packets of a capture (pcap or pcapng, Ethernet), at their times; `each` is told every result. How many, or -1 and why on stderr. */
long coven_harness_capture(coven_harness *harness, coven_function function, void *state, const char *file,
                           void (*each)(const coven_result *result, void *argument), void *argument);

/** The value of an item, as JSON; NULL if there is none. Set a setting by JSON: false if it is refused. */
const char *coven_harness_item(coven_harness *harness, const char *name);
bool coven_harness_set(coven_harness *harness, const char *name, const char *json);

/** For bindings, which run their own function between the two: put one packet in front of coven_take (false: it does not fit a frame), and, after
 * coven_finish or coven_fail, learn what became of it. */
bool coven_harness_feed(coven_harness *harness, const void *bytes, uint32_t length, const uint8_t *context, uint64_t time_ns);
coven_result coven_harness_outcome(coven_harness *harness);

/* ---- captures ---- */

typedef struct coven_capture coven_capture;
/** A pcap or pcapng of Ethernet. NULL, and why in `error`. */
coven_capture *coven_capture_open(const char *file, char *error, size_t size);
/** The next packet; false at the end, or where the file is damaged: then coven_capture_fault() says how. */
bool coven_capture_next(coven_capture *capture, const uint8_t **bytes, uint32_t *length, uint64_t *time_ns);
const char *coven_capture_fault(const coven_capture *capture);
void coven_capture_close(coven_capture *capture);

#ifdef __cplusplus
}
#endif
#endif
