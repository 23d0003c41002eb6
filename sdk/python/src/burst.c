/* The type Burst: 1 to 64 packets at once. Whole-burst operations cost one call for all of them; packets by index are made when asked for. */
#include "binding.h"

struct Burst {
    PyObject_HEAD
    coven_packet *packets; /* NULL when they were handed on */
    unsigned count, latest;
    uint64_t touched;      /* packets[i] was handed out as an object in this burst */
    Packet *objects[COVEN_LIMITS_BURST_MAX];
};

Burst *burst_begin(Burst *reuse, coven_packet *packets, unsigned count) {
    Burst *self = reuse ? reuse : PyObject_New(Burst, &Burst_Type);
    if (!self) return NULL;
    if (!reuse) memset(self->objects, 0, sizeof self->objects);
    self->packets = packets;
    self->count = count;
    self->latest = 0;
    self->touched = 0;
    return self;
}

unsigned burst_latest(const Burst *self) { return self->latest; }

bool burst_end(Burst **slot) {
    Burst *self = *slot;
    bool clean = true;
    if (!self) return true;
    for (uint64_t left = self->touched; left; left &= left - 1) clean &= packet_end(&self->objects[__builtin_ctzll(left)]);
    self->packets = NULL;
    self->count = 0;
    self->touched = 0;
    if (Py_REFCNT((PyObject *)self) > 1) Py_CLEAR(*slot);
    return clean;
}

static void burst_dealloc(PyObject *object) {
    Burst *self = (Burst *)object;
    for (unsigned i = 0; i < COVEN_LIMITS_BURST_MAX; i++) Py_XDECREF((PyObject *)self->objects[i]);
    PyObject_Free(self);
}

static Burst *alive(PyObject *object) {
    Burst *self = (Burst *)object;
    if (self->packets) return self;
    PyErr_SetString(PyExc_ValueError, "this burst is gone: its packets were handed on when the function returned");
    return NULL;
}

static Py_ssize_t burst_length(PyObject *self) { return alive(self) ? (Py_ssize_t)((Burst *)self)->count : -1; }

static PyObject *burst_item(PyObject *object, Py_ssize_t index) {
    Burst *self = alive(object);
    if (!self) return NULL;
    if (index < 0 || index >= (Py_ssize_t)self->count) return PyErr_Format(PyExc_IndexError, "packet %zd of %u", index, self->count);
    uint64_t bit = (uint64_t)1 << index;
    self->latest = (unsigned)index;
    Packet **slot = &self->objects[index];
    if (!(self->touched & bit)) {
        Packet *packet = packet_begin(*slot, &self->packets[index]);
        if (!packet) return NULL;
        *slot = packet;
        self->touched |= bit;
    }
    Py_INCREF((PyObject *)*slot);
    return (PyObject *)*slot;
}

static bool offset_from(PyObject *value, uint32_t *offset) {
    unsigned long number = PyLong_AsUnsignedLong(value);
    if (PyErr_Occurred()) return false;
    *offset = number > UINT16_MAX ? UINT16_MAX : (uint32_t)number;
    return true;
}

static PyObject *burst_u8(PyObject *object, PyObject *argument) {
    Burst *self = alive(object);
    uint32_t offset;
    if (!self || !offset_from(argument, &offset)) return NULL;
    PyObject *result = PyBytes_FromStringAndSize(NULL, self->count);
    for (unsigned i = 0; result && i < self->count; i++)
        PyBytes_AS_STRING(result)[i] = offset < self->packets[i].length ? (char)self->packets[i].data[offset] : 0;
    return result;
}

static PyObject *burst_u16(PyObject *object, PyObject *argument) {
    Burst *self = alive(object);
    uint32_t offset;
    if (!self || !offset_from(argument, &offset)) return NULL;
    PyObject *result = PyList_New(self->count);
    for (unsigned i = 0; result && i < self->count; i++) {
        const uint8_t *p = self->packets[i].data + offset;
        PyObject *value = PyLong_FromLong(offset + 2 <= self->packets[i].length ? p[0] << 8 | p[1] : 0);
        if (!value) Py_CLEAR(result);
        else PyList_SET_ITEM(result, i, value);
    }
    return result;
}

static PyObject *burst_context(PyObject *object, PyObject *argument) {
    Burst *self = alive(object);
    uint32_t index;
    if (!self || !offset_from(argument, &index)) return NULL;
    if (index >= COVEN_LIMITS_CONTEXT_BYTES) return PyErr_Format(PyExc_IndexError, "context byte %u of 16", index);
    PyObject *result = PyBytes_FromStringAndSize(NULL, self->count);
    for (unsigned i = 0; result && i < self->count; i++) PyBytes_AS_STRING(result)[i] = (char)self->packets[i].context[index];
    return result;
}

static PyObject *set_all(Burst *self, coven_verdict verdict) {
    for (unsigned i = 0; i < self->count; i++) self->packets[i].verdict = verdict;
    return PyLong_FromLong((long)self->count);
}

static PyObject *set_where(Burst *self, coven_verdict verdict, PyObject *where) {
    Py_buffer marks;
    if (PyObject_GetBuffer(where, &marks, PyBUF_SIMPLE)) return NULL;
    bool fits = marks.len == (Py_ssize_t)self->count;
    long chosen = 0;
    for (unsigned i = 0; fits && i < self->count; i++) {
        if (!((const char *)marks.buf)[i]) continue;
        self->packets[i].verdict = verdict;
        chosen++;
    }
    PyBuffer_Release(&marks);
    if (!fits) return PyErr_Format(PyExc_ValueError, "where: one byte for each of the %u packets", self->count);
    return PyLong_FromLong(chosen);
}

static PyObject *burst_set_verdict(PyObject *object, PyObject *const *arguments, Py_ssize_t count) {
    Burst *self = alive(object);
    coven_verdict verdict;
    if (!self) return NULL;
    if (count < 1 || count > 2) return PyErr_Format(PyExc_TypeError, "set_verdict(verdict, where=all)");
    if (verdict_from(arguments[0], &verdict)) return NULL;
    return count == 1 ? set_all(self, verdict) : set_where(self, verdict, arguments[1]);
}

static PyMethodDef burst_methods[] = {
    {"u8", burst_u8, METH_O, "u8(offset): that byte of every packet, 0 where a packet is shorter"},
    {"u16", burst_u16, METH_O, "u16(offset): those two bytes of every packet in network order, 0 where a packet is shorter"},
    {"context", burst_context, METH_O, "context(index): that context byte of every packet"},
    {"set_verdict", FAST(burst_set_verdict), METH_FASTCALL,
     "set_verdict(verdict, where=all): for the packets whose byte in `where` is not 0. Returns how many"},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods burst_as_sequence = {.sq_length = burst_length, .sq_item = burst_item};

PyTypeObject Burst_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "coven.Burst",
    .tp_basicsize = sizeof(Burst),
    .tp_dealloc = burst_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "1 to 64 packets in the hands of this component, until the function returns.",
    .tp_as_sequence = &burst_as_sequence,
    .tp_methods = burst_methods,
};
