/* Items of the extended agent whose values live in Python (spec/ea.md), and the counter, which is fast. */
#include "binding.h"
#include <stdio.h>

typedef struct Counter {
    PyObject_HEAD
    uint64_t value;
} Counter;

/* ---- Counter ---- */

static PyObject *counter_add(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    if (count > 1) return PyErr_Format(PyExc_TypeError, "add(amount=1)");
    unsigned long long amount = count ? PyLong_AsUnsignedLongLong(arguments[0]) : 1;
    if (amount == (unsigned long long)-1 && PyErr_Occurred()) return NULL;
    ((Counter *)self)->value += amount;
    Py_RETURN_NONE;
}

static PyObject *counter_value(PyObject *self, void *unused) { return PyLong_FromUnsignedLongLong(((Counter *)self)->value); }

static PyMethodDef counter_methods[] = {
    {"add", FAST(counter_add), METH_FASTCALL, "add(amount=1): a counter only rises"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef counter_attributes[] = {
    {"value", counter_value, NULL, "how much has been added, modulo 2**64", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject Counter_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "coven.Counter",
    .tp_basicsize = sizeof(Counter),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "A counter that operators see.",
    .tp_new = PyType_GenericNew,
    .tp_methods = counter_methods,
    .tp_getset = counter_attributes,
};

/* ---- Histogram ---- */

typedef struct Histogram {
    PyObject_HEAD
    coven_histogram shape; /* its item is not used: Python publishes */
} Histogram;

static bool read_bounds(coven_histogram *shape, PyObject *bounds) {
    Py_ssize_t count = PyTuple_GET_SIZE(bounds);
    if (count > COVEN_HISTOGRAM_BOUNDS) return PyErr_Format(PyExc_ValueError, "%zd bounds; a histogram has at most %d", count, COVEN_HISTOGRAM_BOUNDS), false;
    for (Py_ssize_t i = 0; i < count; i++) {
        shape->bounds[i] = PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(bounds, i));
        if (PyErr_Occurred()) return false;
        if (i && shape->bounds[i] <= shape->bounds[i - 1]) return PyErr_Format(PyExc_ValueError, "each bound is above the one before"), false;
    }
    shape->bound_count = (unsigned)count;
    return true;
}

static PyObject *histogram_make(PyTypeObject *type, PyObject *arguments, PyObject *named) {
    static char *names[] = {"bounds", NULL};
    PyObject *bounds;
    if (!PyArg_ParseTupleAndKeywords(arguments, named, "O!", names, &PyTuple_Type, &bounds)) return NULL;
    Histogram *self = (Histogram *)type->tp_alloc(type, 0);
    if (self && !read_bounds(&self->shape, bounds)) Py_CLEAR(self);
    return (PyObject *)self;
}

static PyObject *histogram_record(PyObject *self, PyObject *value) {
    unsigned long long number = PyLong_AsUnsignedLongLong(value);
    if (PyErr_Occurred()) return NULL;
    coven_record(&((Histogram *)self)->shape, number);
    Py_RETURN_NONE;
}

static PyObject *histogram_value(PyObject *self, void *unused) {
    const coven_histogram *h = &((Histogram *)self)->shape;
    PyObject *buckets = PyList_New(h->bound_count);
    for (unsigned i = 0; buckets && i < h->bound_count; i++) {
        PyObject *pair = Py_BuildValue("[KK]", (unsigned long long)h->bounds[i], (unsigned long long)h->buckets[i]);
        if (!pair) Py_CLEAR(buckets);
        else PyList_SET_ITEM(buckets, i, pair);
    }
    return buckets ? Py_BuildValue("{sKsKsN}", "count", (unsigned long long)h->count, "sum", (unsigned long long)h->sum, "buckets", buckets) : NULL;
}

static PyMethodDef histogram_methods[] = {
    {"record", histogram_record, METH_O, "record(value): count it where it falls"},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef histogram_attributes[] = {
    {"value", histogram_value, NULL, "count, sum, and buckets: [upper bound, how many up to it and above the one before]", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject Histogram_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "coven.Histogram",
    .tp_basicsize = sizeof(Histogram),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "How often values fell where; operators see it.",
    .tp_new = histogram_make,
    .tp_methods = histogram_methods,
    .tp_getset = histogram_attributes,
};

/* ---- published items: each lives as long as the process ---- */

typedef struct published {
    coven_foreign item;
    PyObject *get, *set, *call; /* get() -> JSON; set(JSON); call(argument) -> JSON; they raise to refuse */
} published;

static int write_text(PyObject *text, char *out, size_t size) {
    Py_ssize_t length;
    const char *bytes = PyUnicode_AsUTF8AndSize(text, &length);
    if (!bytes) return -1;
    if ((size_t)length < size) return memcpy(out, bytes, (size_t)length + 1), 0;
    PyErr_Format(PyExc_ValueError, "the answer has %zd bytes; %zu fit", length, size - 1);
    return -1;
}

/* The exception's own words become the reason that the client reads. */
static int refuse(char *out, size_t size) {
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    PyObject *text = value ? PyObject_Str(value) : NULL;
    const char *words = text ? PyUnicode_AsUTF8(text) : NULL;
    const char *kind = type ? ((PyTypeObject *)type)->tp_name : "error";
    if (words && *words) snprintf(out, size, "%s: %.500s", kind, words);
    else snprintf(out, size, "%s", kind);
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    return -1;
}

static int answer(PyObject *function, const char *argument, char *out, size_t size) {
    PyObject *result = argument ? PyObject_CallFunction(function, "s", argument) : PyObject_CallObject(function, NULL);
    int status = !result || (result != Py_None && write_text(result, out, size)) ? refuse(out, size) : 0;
    Py_XDECREF(result);
    return status;
}

static int on_get(void *state, char *json, size_t size) { return answer(((published *)state)->get, NULL, json, size); }
static int on_set(void *state, const char *json, char *reply, size_t size) { return answer(((published *)state)->set, json, reply, size); }
static int on_call(void *state, const char *argument, char *reply, size_t size) { return answer(((published *)state)->call, argument, reply, size); }

static PyObject *given(PyObject *function) {
    if (function == Py_None) return NULL;
    Py_INCREF(function);
    return function;
}

static char *copy_of(const char *text) {
    char *copy = PyMem_RawMalloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

PyObject *agent_publish(PyObject *module, PyObject *arguments) {
    const char *name, *kind, *type, *unit, *help;
    PyObject *get, *set, *call;
    if (!PyArg_ParseTuple(arguments, "sssssOOO", &name, &kind, &type, &unit, &help, &get, &set, &call)) return NULL;
    published *self = PyMem_RawCalloc(1, sizeof *self);
    if (!self) return PyErr_NoMemory();
    self->get = given(get);
    self->set = given(set);
    self->call = given(call);
    self->item = (coven_foreign){
        .name = copy_of(name), .kind = copy_of(kind), .type = copy_of(type), .unit = copy_of(unit), .help = copy_of(help),
        .get = self->get ? on_get : NULL, .set = self->set ? on_set : NULL, .call = self->call ? on_call : NULL, .state = self};
    if (!self->item.name || !self->item.kind || !self->item.type || !self->item.unit || !self->item.help) return PyErr_NoMemory();
    coven_publish_foreign(&self->item);
    Py_RETURN_NONE;
}
