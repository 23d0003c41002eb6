/* The key of a conversation: 40 bytes that are compared and hashed as they are. */
#ifndef COVEN_PYTHON_FLOW_H
#define COVEN_PYTHON_FLOW_H
#include "binding.h"
#include "headers.h"

typedef struct flow_key {
    uint8_t source[16], destination[16]; /* 4 bytes and zeroes for IPv4 */
    uint16_t source_port, destination_port;
    uint8_t protocol, version;
    uint16_t zero;
} flow_key;
_Static_assert(sizeof(flow_key) == 40, "no padding: the key is hashed as bytes");

typedef struct Flow {
    PyObject_HEAD
    flow_key key;
    uint64_t time_ns; /* of the packet that it was read from: moves a table's time on */
} Flow;
extern PyTypeObject Flow_Type;

bool flow_of(const coven_packet *packet, flow_key *key); /* false: no IP */
flow_key flow_reversed(const flow_key *key);
uint64_t flow_hash(const flow_key *key); /* seeded for this process: what comes in can't choose its bucket */
PyObject *flow_object(const flow_key *key, uint64_t time_ns);

extern PyTypeObject FlowTable_Type, FlowIterator_Type;
#endif
