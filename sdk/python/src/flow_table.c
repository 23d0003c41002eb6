/* The type FlowTable: a bounded hash table from flows to objects, in the order of their last use. Every operation takes constant
 * time; all memory but the values is taken when the table is made. */
#include "flow_table.h"
#include <string.h>

enum { SWEPT_MAX = 8 }; /* expired entries that one operation clears away, so that each is short and the backlog shrinks */
/* ---- lists ---- */

static void unlink_used(FlowTable *t, entry *e) {
    *(e->newer == FLOW_NONE ? &t->newest : &t->entries[e->newer].older) = e->older;
    *(e->older == FLOW_NONE ? &t->oldest : &t->entries[e->older].newer) = e->newer;
}

static void link_newest(FlowTable *t, entry *e) {
    uint32_t at = (uint32_t)(e - t->entries);
    e->newer = FLOW_NONE;
    e->older = t->newest;
    *(t->newest == FLOW_NONE ? &t->oldest : &t->entries[t->newest].newer) = at;
    t->newest = at;
    e->used_ns = t->now_ns;
}

static uint32_t *bucket(FlowTable *t, const coven_flow *key) { return &t->buckets[flow_hash(key) & t->mask]; }

static entry *find(FlowTable *t, const coven_flow *key) {
    for (uint32_t at = *bucket(t, key); at != FLOW_NONE; at = t->entries[at].next)
        if (!memcmp(&t->entries[at].key, key, sizeof *key)) return &t->entries[at];
    return NULL;
}

/* Takes the entry out and gives its value to the caller, who lets go of it when the table is whole again. */
static PyObject *take_out(FlowTable *t, entry *e) {
    uint32_t at = (uint32_t)(e - t->entries), *link = bucket(t, &e->key);
    while (*link != at) link = &t->entries[*link].next;
    *link = e->next;
    unlink_used(t, e);
    e->next = t->free;
    t->free = at;
    t->count--;
    t->changes++;
    PyObject *value = e->value;
    e->value = NULL;
    return value;
}

static bool is_stale(const FlowTable *t, const entry *e) { return t->timeout_ns && t->now_ns - e->used_ns >= t->timeout_ns; }

static void sweep(FlowTable *t, uint32_t most) {
    while (most-- && t->oldest != FLOW_NONE && is_stale(t, &t->entries[t->oldest])) {
        t->expired++;
        Py_DECREF(take_out(t, &t->entries[t->oldest]));
    }
}

static entry *take_free(FlowTable *t) {
    uint32_t at = t->free;
    if (at == FLOW_NONE) return &t->entries[t->untouched++];
    t->free = t->entries[at].next;
    return &t->entries[at];
}

/* ---- keys ---- */

static void move_on(FlowTable *t, uint64_t time_ns) {
    if (time_ns > t->now_ns) t->now_ns = time_ns;
}

/* False with an exception, or without one where there is no IP. A packet moves the table's time on. */
static bool key_from(FlowTable *t, PyObject *from, coven_flow *key, bool *turned) {
    if (Py_TYPE(from) == &Flow_Type) {
        *key = ((Flow *)from)->key;
        move_on(t, ((Flow *)from)->time_ns);
    } else if (Py_TYPE(from) == &Packet_Type) {
        coven_packet *packet = ((Packet *)from)->packet;
        if (!packet) return packet_gone(), false;
        move_on(t, coven_time_ns(packet));
        if (!coven_flow_of(packet, key)) return false;
    } else {
        return PyErr_Format(PyExc_TypeError, "a flow table is asked by packet or flow, not by %s", Py_TYPE(from)->tp_name), false;
    }
    coven_flow other = coven_flow_reversed(key);
    *turned = t->symmetric && memcmp(key, &other, sizeof other) > 0;
    if (*turned) *key = other;
    sweep(t, SWEPT_MAX);
    return true;
}

/* The entry of `key`, unless it is stale. */
static entry *find_fresh(FlowTable *t, const coven_flow *key) {
    entry *found = find(t, key);
    if (!found || !is_stale(t, found)) return found;
    t->expired++;
    Py_DECREF(take_out(t, found));
    return NULL;
}

static entry *look_up(FlowTable *t, PyObject *from) {
    coven_flow key;
    bool turned;
    return key_from(t, from, &key, &turned) ? find_fresh(t, &key) : NULL;
}

static void touch(FlowTable *t, entry *e) {
    unlink_used(t, e);
    link_newest(t, e);
    t->changes++;
}

/* ---- operations ---- */

static PyObject *table_get(PyObject *self, PyObject *from) {
    FlowTable *t = (FlowTable *)self;
    entry *found = look_up(t, from);
    if (!found && PyErr_Occurred()) return NULL;
    if (!found) Py_RETURN_NONE;
    touch(t, found);
    Py_INCREF(found->value);
    return found->value;
}

static PyObject *make_room(FlowTable *t) {
    if (t->count < t->capacity) return NULL;
    t->evicted++;
    return take_out(t, &t->entries[t->oldest]);
}

static void add(FlowTable *t, const coven_flow *key, bool turned, PyObject *value) {
    PyObject *lost = make_room(t);
    entry *made = take_free(t);
    uint32_t *first = bucket(t, key);
    Py_INCREF(value);
    *made = (entry){.key = *key, .value = value, .turned = turned, .next = *first};
    *first = (uint32_t)(made - t->entries);
    link_newest(t, made);
    t->count++;
    t->changes++;
    Py_XDECREF(lost);
}

static void replace(FlowTable *t, entry *e, PyObject *value) {
    PyObject *lost = e->value;
    Py_INCREF(value);
    e->value = value;
    touch(t, e);
    Py_DECREF(lost);
}

static PyObject *table_put(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    FlowTable *t = (FlowTable *)self;
    coven_flow key;
    bool turned;
    if (count != 2) return PyErr_Format(PyExc_TypeError, "put(packet or flow, value)");
    if (!key_from(t, arguments[0], &key, &turned)) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "the packet has no flow: there is no IP in it");
        return NULL;
    }
    entry *found = find_fresh(t, &key);
    if (found) replace(t, found, arguments[1]);
    else add(t, &key, turned, arguments[1]);
    Py_RETURN_NONE;
}

static PyObject *table_remove(PyObject *self, PyObject *from) {
    FlowTable *t = (FlowTable *)self;
    entry *found = look_up(t, from);
    if (found) return take_out(t, found);
    if (PyErr_Occurred()) return NULL;
    Py_RETURN_NONE;
}

static PyObject *table_clear(PyObject *self, PyObject *unused) {
    FlowTable *t = (FlowTable *)self;
    unsigned long count = t->count;
    while (t->newest != FLOW_NONE) Py_DECREF(take_out(t, &t->entries[t->newest]));
    return PyLong_FromUnsignedLong(count);
}

void flow_table_sweep(FlowTable *t) { sweep(t, UINT32_MAX); }

static Py_ssize_t length(PyObject *self) {
    flow_table_sweep((FlowTable *)self);
    return (Py_ssize_t)((FlowTable *)self)->count;
}

static PyObject *get_size(PyObject *self, void *unused) { return PyLong_FromSsize_t(length(self)); }
static PyObject *get_expired(PyObject *self, void *unused) { return PyLong_FromUnsignedLongLong(((FlowTable *)self)->expired); }
static PyObject *get_evicted(PyObject *self, void *unused) { return PyLong_FromUnsignedLongLong(((FlowTable *)self)->evicted); }

static PyObject *table_iterate(PyObject *self) { return flow_iterate(self, false); }
static PyObject *table_items(PyObject *self, PyObject *unused) { return flow_iterate(self, true); }

/* ---- life ---- */

static bool allocate(FlowTable *t, uint32_t capacity) {
    uint32_t buckets = 1;
    while (buckets < capacity) buckets *= 2;
    t->entries = PyMem_RawCalloc(capacity, sizeof *t->entries);
    t->buckets = PyMem_RawMalloc(buckets * sizeof *t->buckets);
    if (!t->entries || !t->buckets) return PyErr_NoMemory(), false;
    memset(t->buckets, 0xFF, buckets * sizeof *t->buckets);
    t->capacity = capacity;
    t->mask = buckets - 1;
    t->free = t->newest = t->oldest = FLOW_NONE;
    return true;
}

static PyObject *table_make(PyTypeObject *type, PyObject *arguments, PyObject *named) {
    static char *names[] = {"capacity", "timeout", "symmetric", NULL};
    Py_ssize_t capacity;
    double timeout;
    int symmetric = 1;
    if (!PyArg_ParseTupleAndKeywords(arguments, named, "nd|p", names, &capacity, &timeout, &symmetric)) return NULL;
    if (capacity < 1 || capacity > 1 << 24) return PyErr_Format(PyExc_ValueError, "capacity: 1 to 16777216 flows, not %zd", capacity);
    if (!(timeout >= 0 && timeout < 1e9)) return PyErr_Format(PyExc_ValueError, "timeout: 0 (never) to 1000000000 seconds");
    FlowTable *self = (FlowTable *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    self->symmetric = symmetric;
    self->timeout_ns = (uint64_t)(timeout * 1e9);
    if (allocate(self, (uint32_t)capacity)) return (PyObject *)self;
    Py_DECREF((PyObject *)self);
    return NULL;
}

static int table_traverse(PyObject *object, visitproc visit, void *arg) {
    FlowTable *t = (FlowTable *)object;
    for (uint32_t at = t->entries ? t->newest : FLOW_NONE; at != FLOW_NONE; at = t->entries[at].older) Py_VISIT(t->entries[at].value);
    return 0;
}

static int table_drop(PyObject *self) {
    if (((FlowTable *)self)->buckets && ((FlowTable *)self)->entries) Py_XDECREF(table_clear(self, NULL));
    return 0;
}

static void table_dealloc(PyObject *self) {
    PyObject_GC_UnTrack(self);
    table_drop(self);
    PyMem_RawFree(((FlowTable *)self)->entries);
    PyMem_RawFree(((FlowTable *)self)->buckets);
    Py_TYPE(self)->tp_free(self);
}

static PyMethodDef table_methods[] = {
    {"get", table_get, METH_O, "get(packet or flow): its value, which is now the latest used; None if there is none"},
    {"put", FAST(table_put), METH_FASTCALL, "put(packet or flow, value); when the table is full the entry unused for longest goes"},
    {"remove", table_remove, METH_O, "remove(packet or flow): the value that it had, or None"},
    {"clear", table_clear, METH_NOARGS, "remove all; how many there were"},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "for type hints: FlowTable[int]"},
    {"items", table_items, METH_NOARGS, "(flow, value) pairs from the latest used; a flow as its first packet went"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef table_attributes[] = {
    {"size", get_size, NULL, "entries", NULL},
    {"expired", get_expired, NULL, "entries that were unused for too long", NULL},
    {"evicted", get_evicted, NULL, "entries that went because the table was full", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PySequenceMethods table_as_sequence = {.sq_length = length};

PyTypeObject FlowTable_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "coven.FlowTable",
    .tp_basicsize = sizeof(FlowTable),
    .tp_dealloc = table_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "FlowTable(capacity, timeout, symmetric=True): values by flow, bounded; see coven.flow_table.",
    .tp_new = table_make,
    .tp_traverse = table_traverse,
    .tp_clear = table_drop,
    .tp_iter = table_iterate,
    .tp_as_sequence = &table_as_sequence,
    .tp_methods = table_methods,
    .tp_getset = table_attributes,
};
