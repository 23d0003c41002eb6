/* What the table and its iterator share. */
#ifndef COVEN_PYTHON_FLOW_TABLE_H
#define COVEN_PYTHON_FLOW_TABLE_H
#include "flow.h"

#define FLOW_NONE UINT32_MAX /* no entry */

typedef struct entry {
    coven_flow key;       /* of a symmetric table: the same for both directions */
    PyObject *value;
    uint64_t used_ns;
    uint32_t next;      /* in the bucket, or among the free ones */
    uint32_t newer, older;
    bool turned;        /* the first packet went the other way than `key` */
} entry;

typedef struct FlowTable {
    PyObject_HEAD
    entry *entries;
    uint32_t *buckets;
    uint32_t capacity, mask, count, free, newest, oldest, untouched; /* entries from `untouched` on were never used */
    bool symmetric;
    uint64_t timeout_ns, now_ns, expired, evicted, changes;
} FlowTable;

void flow_table_sweep(FlowTable *t); /* every stale entry; each is swept once in its life */
PyObject *flow_iterate(PyObject *table, bool pairs);
#endif
