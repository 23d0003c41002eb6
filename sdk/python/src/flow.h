/* The key of a conversation (coven_flow) as an object. */
#ifndef COVEN_PYTHON_FLOW_H
#define COVEN_PYTHON_FLOW_H
#include "binding.h"
#include <coven/flow.h>

_Static_assert(sizeof(coven_flow) == 40, "no padding: the key is hashed as bytes");

typedef struct Flow {
    PyObject_HEAD
    coven_flow key;
    uint64_t time_ns; /* of the packet that it was read from: moves a table's time on */
} Flow;
extern PyTypeObject Flow_Type;

uint64_t flow_hash(const coven_flow *key); /* seeded for this process: what comes in can't choose its bucket */
PyObject *flow_object(const coven_flow *key, uint64_t time_ns);

extern PyTypeObject FlowTable_Type, FlowIterator_Type;
#endif
