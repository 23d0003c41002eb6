/** @file
 * Flows (spec/sdk.md): the 5-tuple of a packet as a key, and tables of what is known of flows, of stated size.
 *
 *     coven_flow_table *table = coven_flow_table_new("connections", 65536, 60, true, sizeof(connection));
 *     coven_flow flow;
 *     if (coven_flow_of(packet, &flow)) {
 *         connection *c = coven_flow_table_put(table, &flow, coven_time_ns(packet));
 */
#ifndef COVEN_FLOW_H
#define COVEN_FLOW_H
#include "headers.h"
#ifdef __cplusplus
extern "C" {
#endif

/** A key: two are the same when their bytes are. Ports are 0 where there are none, and for fragments. */
typedef struct coven_flow {
    uint8_t source[16], destination[16]; /**< in network order; IPv4: the first 4 bytes, zeroes behind */
    uint16_t source_port, destination_port;
    uint8_t protocol, version, zero[2];
} coven_flow;

/** The flow of a packet; false where there is no IP. */
bool coven_flow_of(const coven_packet *packet, coven_flow *flow);
bool coven_flow_from(const coven_headers *headers, coven_flow *flow);
coven_flow coven_flow_reversed(const coven_flow *flow);
static inline bool coven_flow_equal(const coven_flow *one, const coven_flow *other) { return !memcmp(one, other, sizeof *one); }
#define COVEN_FLOW_TEXT 128
/** `tcp 10.0.0.1:40000 > 10.0.0.2:80` into `text`, which is returned. */
const char *coven_flow_text(const coven_flow *flow, char text[COVEN_FLOW_TEXT]);

/** At most `capacity` flows with `value_size` bytes each; one that was not used for `timeout_s` seconds is gone (0: never), and when the table is full, the one
 * unused for longest. `symmetric`: both directions are one entry. All memory is had here; each operation takes constant time, and takes
 * at most 8 entries away that are over their time. Shows the gauge NAME_flows and the counters NAME_expired and NAME_evicted. NULL, and why on stderr, if it can't be had. */
typedef struct coven_flow_table coven_flow_table;
coven_flow_table *coven_flow_table_new(const char *name, uint32_t capacity, double timeout_s, bool symmetric, size_t value_size);
void coven_flow_table_free(coven_flow_table *table);

/** The value of a flow, used now; NULL if it is not there. It holds until the next put. */
void *coven_flow_table_get(coven_flow_table *table, const coven_flow *flow, uint64_t time_ns);
/** The same; a flow that is not there comes in, its value zeroes. */
void *coven_flow_table_put(coven_flow_table *table, const coven_flow *flow, uint64_t time_ns);
bool coven_flow_table_remove(coven_flow_table *table, const coven_flow *flow);
uint32_t coven_flow_table_size(const coven_flow_table *table);
/** From the latest used: the flow after `after` (NULL: the first) and its value; NULL at the end. */
const coven_flow *coven_flow_table_next(const coven_flow_table *table, const coven_flow *after, void **value);

#ifdef __cplusplus
}
#endif
#endif
