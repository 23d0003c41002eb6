/* Walking through a flow table, from the latest used. */
#include "flow_table.h"

typedef struct FlowIterator {
    PyObject_HEAD
    FlowTable *table;
    uint32_t at;
    uint64_t changes;
    bool pairs;
} FlowIterator;

PyObject *flow_iterate(PyObject *self, bool pairs) {
    flow_table_sweep((FlowTable *)self);
    FlowIterator *made = PyObject_New(FlowIterator, &FlowIterator_Type);
    if (!made) return NULL;
    Py_INCREF(self);
    made->table = (FlowTable *)self;
    made->at = made->table->newest;
    made->changes = made->table->changes;
    made->pairs = pairs;
    return (PyObject *)made;
}

static PyObject *iterator_next(PyObject *object) {
    FlowIterator *self = (FlowIterator *)object;
    if (self->changes != self->table->changes) return PyErr_Format(PyExc_RuntimeError, "the flow table was used while it was walked through");
    if (self->at == FLOW_NONE) return NULL;
    const entry *e = &self->table->entries[self->at];
    coven_flow key = e->turned ? coven_flow_reversed(&e->key) : e->key;
    PyObject *flow = flow_object(&key, 0);
    self->at = e->older;
    return flow && self->pairs ? Py_BuildValue("(NO)", flow, e->value) : flow;
}

static void iterator_dealloc(PyObject *self) {
    Py_DECREF((PyObject *)((FlowIterator *)self)->table);
    PyObject_Free(self);
}

PyTypeObject FlowIterator_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "coven.FlowIterator",
    .tp_basicsize = sizeof(FlowIterator),
    .tp_dealloc = iterator_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iterator_next,
};
