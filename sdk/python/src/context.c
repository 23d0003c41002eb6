/* The type Context: the 16 context bytes, by index and by the fields of COVEN_CONTEXT (spec/sdk.md). */
#include "views.h"
#include <coven/context.h>

enum { NUMBER_BITS = 64 };

static PyObject *layouts[COVEN_LIMITS_SLOTS_MAX]; /* of each component of the process: dict: name to where the field is; NULL: none was stated */
#define layout layouts[coven_group_turn()]

static PyObject *read_layout(void) {
    PyObject *found = PyDict_New();
    const char *name;
    coven_field f;
    for (unsigned i = 0; found && coven_context_entry(i, &name, &f); i++) {
        PyObject *place = PyLong_FromLong(f.first << 8 | f.bits);
        if (!place || PyDict_SetItemString(found, name, place)) Py_CLEAR(found);
        Py_XDECREF(place);
    }
    return found;
}

PyObject *context_set_layout(PyObject *module, PyObject *text) {
    char error[256];
    const char *words = PyUnicode_AsUTF8(text);
    if (!words) return NULL;
    Py_CLEAR(layout);
    if (!coven_context_layout(*words ? words : NULL, error, sizeof error)) return PyErr_Format(PyExc_ValueError, "%s", error);
    if (*words && !(layout = read_layout())) return NULL;
    Py_RETURN_NONE;
}

static coven_packet *packet_of(PyObject *object) {
    View *self = (View *)object;
    if (self->owner && self->owner->packet) return self->owner->packet;
    return (coven_packet *)packet_gone();
}

static uint8_t *bytes_of(PyObject *self) {
    coven_packet *packet = packet_of(self);
    return packet ? packet->context : NULL;
}

/* ---- fields ---- */

static PyObject *read_field(PyObject *self, coven_field f) {
    const coven_packet *packet = packet_of(self);
    if (!packet) return NULL;
    if (f.bits <= NUMBER_BITS) return PyLong_FromUnsignedLongLong(coven_field_get(packet, f));
    PyObject *result = PyBytes_FromStringAndSize(NULL, coven_field_size(f));
    if (result) coven_field_read(packet, f, (uint8_t *)PyBytes_AS_STRING(result));
    return result;
}

static int misfit(PyObject *given, coven_field f, PyObject *name) {
    PyErr_Format(PyExc_OverflowError, "%R does not fit the context field %U of %u bits", given, name, f.bits);
    return -1;
}

static int write_number(PyObject *self, PyObject *given, coven_field f, PyObject *name) {
    unsigned long long number = PyLong_AsUnsignedLongLong(given);
    if (PyErr_Occurred()) return PyErr_ExceptionMatches(PyExc_OverflowError) ? misfit(given, f, name) : -1;
    coven_packet *packet = packet_of(self);
    if (!packet) return -1;
    return coven_field_set(packet, f, number) ? 0 : misfit(given, f, name);
}

static int write_wide(PyObject *self, PyObject *given, coven_field f, PyObject *name) {
    Py_buffer buffer;
    coven_packet *packet = packet_of(self);
    if (!packet || PyObject_GetBuffer(given, &buffer, PyBUF_SIMPLE)) return -1;
    bool good = coven_field_write(packet, f, buffer.buf, (size_t)buffer.len);
    PyBuffer_Release(&buffer);
    return good ? 0 : misfit(given, f, name);
}

/* 1: found; 0: there is no such field; -1: an exception is set. */
static int find(PyObject *name, coven_field *f) {
    PyObject *number = layout ? PyDict_GetItemWithError(layout, name) : NULL;
    if (!number) return PyErr_Occurred() ? -1 : 0;
    long place = PyLong_AsLong(number);
    *f = (coven_field){(uint8_t)(place >> 8), (uint8_t)place};
    return 1;
}

static void no_such_field(PyObject *name) {
    PyErr_Clear();
    PyObject *comma = PyUnicode_FromString(", "), *all = layout && comma ? PyUnicode_Join(comma, layout) : NULL;
    if (all) PyErr_Format(PyExc_AttributeError, "the context has no field %R, only %U", name, all);
    else PyErr_Format(PyExc_AttributeError, "the context has no field %R: vnf.yaml gives this component no layout (context, nsh.contexts)", name);
    Py_XDECREF(all);
    Py_XDECREF(comma);
}

static PyObject *get_attribute(PyObject *self, PyObject *name) {
    coven_field f;
    int found = find(name, &f);
    if (found) return found > 0 ? read_field(self, f) : NULL;
    PyObject *value = PyObject_GenericGetAttr(self, name);
    if (!value && PyErr_ExceptionMatches(PyExc_AttributeError)) no_such_field(name);
    return value;
}

static int set_attribute(PyObject *self, PyObject *name, PyObject *given) {
    coven_field f;
    int found = find(name, &f);
    if (found < 0) return -1;
    if (!found) return no_such_field(name), -1;
    if (!given) return PyErr_SetString(PyExc_TypeError, "a context field can't be deleted"), -1;
    return f.bits <= NUMBER_BITS ? write_number(self, given, f, name) : write_wide(self, given, f, name);
}

/* ---- bytes ---- */

static Py_ssize_t length(PyObject *self) { return bytes_of(self) ? (Py_ssize_t)COVEN_LIMITS_CONTEXT_BYTES : -1; }

static uint8_t *item(PyObject *self, PyObject *key) {
    uint8_t *p = bytes_of(self);
    Py_ssize_t index = p ? PyNumber_AsSsize_t(key, PyExc_IndexError) : 0;
    if (!p || (index == -1 && PyErr_Occurred())) return NULL;
    if (index < 0) index += (Py_ssize_t)COVEN_LIMITS_CONTEXT_BYTES;
    if (index >= 0 && index < (Py_ssize_t)COVEN_LIMITS_CONTEXT_BYTES) return p + index;
    PyErr_Format(PyExc_IndexError, "index %zd is not within the context's 16 bytes", index);
    return NULL;
}

/* Bytes that follow each other; NULL with an exception. */
static uint8_t *part(PyObject *self, PyObject *key, Py_ssize_t *size) {
    Py_ssize_t from, to, step;
    uint8_t *p = bytes_of(self);
    if (!p || PySlice_Unpack(key, &from, &to, &step)) return NULL;
    *size = PySlice_AdjustIndices(COVEN_LIMITS_CONTEXT_BYTES, &from, &to, step);
    if (step == 1) return p + from;
    PyErr_SetString(PyExc_ValueError, "a slice of the context has no step");
    return NULL;
}

static PyObject *subscript(PyObject *self, PyObject *key) {
    Py_ssize_t size = 1;
    uint8_t *p = PySlice_Check(key) ? part(self, key, &size) : item(self, key);
    if (!p) return NULL;
    return PySlice_Check(key) ? PyBytes_FromStringAndSize((char *)p, size) : PyLong_FromLong(*p);
}

static int put_part(PyObject *self, PyObject *key, PyObject *value) {
    Py_buffer given;
    Py_ssize_t size;
    uint8_t *p = part(self, key, &size);
    if (!p || PyObject_GetBuffer(value, &given, PyBUF_SIMPLE)) return -1;
    bool fits = given.len == size;
    if (fits) memmove(p, given.buf, (size_t)size);
    else PyErr_Format(PyExc_ValueError, "%zd bytes for %zd bytes of the context", given.len, size);
    PyBuffer_Release(&given);
    return fits ? 0 : -1;
}

static int assign(PyObject *self, PyObject *key, PyObject *value) {
    if (!value) return PyErr_SetString(PyExc_TypeError, "context bytes can't be deleted"), -1;
    if (PySlice_Check(key)) return put_part(self, key, value);
    uint8_t *p = item(self, key);
    long byte = p ? PyLong_AsLong(value) : -1;
    if (!p || (byte == -1 && PyErr_Occurred())) return -1;
    if (byte < 0 || byte > 255) return PyErr_SetString(PyExc_ValueError, "a byte is 0 to 255"), -1;
    *p = (uint8_t)byte;
    return 0;
}

static int get_buffer(PyObject *self, Py_buffer *buffer, int flags) {
    uint8_t *p = bytes_of(self);
    buffer->obj = NULL;
    PyObject *view = p ? window_get(&((View *)self)->owner->context, p, COVEN_LIMITS_CONTEXT_BYTES) : NULL;
    if (!view) return -1;
    int result = PyObject_GetBuffer(view, buffer, flags);
    Py_DECREF(view);
    return result;
}

static PyObject *compare(PyObject *self, PyObject *other, int operation) {
    Py_buffer theirs;
    uint8_t *p = bytes_of(self);
    if (!p) return NULL;
    if ((operation != Py_EQ && operation != Py_NE) || !PyObject_CheckBuffer(other)) Py_RETURN_NOTIMPLEMENTED;
    if (PyObject_GetBuffer(other, &theirs, PyBUF_SIMPLE)) return NULL;
    bool same = theirs.len == COVEN_LIMITS_CONTEXT_BYTES && !memcmp(p, theirs.buf, COVEN_LIMITS_CONTEXT_BYTES);
    PyBuffer_Release(&theirs);
    return PyBool_FromLong(same == (operation == Py_EQ));
}

static PyObject *at_index(PyObject *self, Py_ssize_t index) {
    const uint8_t *p = bytes_of(self);
    if (!p) return NULL;
    if (index >= 0 && index < (Py_ssize_t)COVEN_LIMITS_CONTEXT_BYTES) return PyLong_FromLong(p[index]);
    return PyErr_SetString(PyExc_IndexError, "the context has 16 bytes"), NULL; /* iteration ends here */
}

static PySequenceMethods as_sequence = {.sq_length = length, .sq_item = at_index};
static PyMappingMethods as_mapping = {length, subscript, assign};
static PyBufferProcs as_buffer = {get_buffer, NULL};

PyTypeObject Context_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "coven.Context",
    .tp_basicsize = sizeof(View),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "The 16 context bytes: by index and slice, and by the fields that vnf.yaml gives this component.",
    .tp_hash = PyObject_HashNotImplemented,
    .tp_richcompare = compare,
    .tp_getattro = get_attribute,
    .tp_setattro = set_attribute,
    .tp_as_sequence = &as_sequence,
    .tp_as_mapping = &as_mapping,
    .tp_as_buffer = &as_buffer,
};
