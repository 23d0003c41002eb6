/* The type Context: the 16 context bytes, by index and by the fields of COVEN_CONTEXT (spec/sdk.md). */
#include "views.h"

enum { BITS = 8 * COVEN_LIMITS_CONTEXT_BYTES, NUMBER_BITS = 64 };
typedef __uint128_t whole;

typedef struct bits {
    uint8_t first, count;
} bits;

static PyObject *layout;   /* dict: name to its number in `fields`; NULL: none was stated */
static bits fields[BITS];

PyObject *context_set_layout(PyObject *module, PyObject *given) {
    PyObject *numbers = PyDict_New();
    Py_ssize_t count = PyTuple_Check(given) ? PyTuple_GET_SIZE(given) : 0;
    for (Py_ssize_t i = 0; numbers && i < count && i < BITS; i++) {
        PyObject *name, *number = PyLong_FromSsize_t(i);
        bool good = number && PyArg_ParseTuple(PyTuple_GET_ITEM(given, i), "Ubb", &name, &fields[i].first, &fields[i].count)
                 && !PyDict_SetItem(numbers, name, number);
        Py_XDECREF(number);
        if (!good) Py_CLEAR(numbers);
    }
    if (!numbers) return NULL;
    if (!count) Py_CLEAR(numbers);
    Py_XSETREF(layout, numbers);
    Py_RETURN_NONE;
}

static uint8_t *bytes_of(PyObject *object) {
    View *self = (View *)object;
    if (self->owner && self->owner->packet) return self->owner->packet->context;
    return (uint8_t *)packet_gone();
}

/* ---- fields ---- */

static whole load(const uint8_t *p) {
    whole all = 0;
    for (unsigned i = 0; i < COVEN_LIMITS_CONTEXT_BYTES; i++) all = all << 8 | p[i];
    return all;
}

static whole mask_of(bits f) { return f.count == BITS ? ~(whole)0 : ((whole)1 << f.count) - 1; }
static unsigned shift_of(bits f) { return BITS - f.first - f.count; }
static Py_ssize_t size_of(bits f) { return (f.count + 7) / 8; }

static PyObject *read_field(PyObject *self, bits f) {
    const uint8_t *p = bytes_of(self);
    if (!p) return NULL;
    whole value = load(p) >> shift_of(f) & mask_of(f);
    if (f.count <= NUMBER_BITS) return PyLong_FromUnsignedLongLong((unsigned long long)value);
    PyObject *result = PyBytes_FromStringAndSize(NULL, size_of(f));
    for (Py_ssize_t i = size_of(f); result && i--; value >>= 8) PyBytes_AS_STRING(result)[i] = (char)value;
    return result;
}

static int write_field(PyObject *self, bits f, whole value) {
    uint8_t *p = bytes_of(self);
    if (!p) return -1;
    whole all = (load(p) & ~(mask_of(f) << shift_of(f))) | value << shift_of(f);
    for (unsigned i = COVEN_LIMITS_CONTEXT_BYTES; i--; all >>= 8) p[i] = (uint8_t)all;
    return 0;
}

static bool number_from(PyObject *given, bits f, PyObject *name, whole *value) {
    unsigned long long number = PyLong_AsUnsignedLongLong(given);
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_OverflowError)) return false;
    if (!PyErr_Occurred() && number <= mask_of(f)) return *value = number, true;
    PyErr_Format(PyExc_OverflowError, "%R does not fit the context field %U of %u bits", given, name, f.count);
    return false;
}

static bool wide_from(PyObject *given, bits f, PyObject *name, whole *value) {
    Py_buffer buffer;
    if (PyObject_GetBuffer(given, &buffer, PyBUF_SIMPLE)) return false;
    *value = 0;
    bool good = buffer.len == size_of(f);
    for (Py_ssize_t i = 0; good && i < buffer.len; i++) *value = *value << 8 | ((const uint8_t *)buffer.buf)[i];
    PyBuffer_Release(&buffer);
    if (good && *value <= mask_of(f)) return true;
    PyErr_Format(PyExc_OverflowError, "%R does not fit the context field %U: %zd bytes, of which %u bits count", given, name, size_of(f), f.count);
    return false;
}

/* 1: found; 0: there is no such field; -1: an exception is set. */
static int find(PyObject *name, bits *f) {
    PyObject *number = layout ? PyDict_GetItemWithError(layout, name) : NULL;
    if (!number) return PyErr_Occurred() ? -1 : 0;
    *f = fields[PyLong_AsLong(number)];
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
    bits f;
    int found = find(name, &f);
    if (found) return found > 0 ? read_field(self, f) : NULL;
    PyObject *value = PyObject_GenericGetAttr(self, name);
    if (!value && PyErr_ExceptionMatches(PyExc_AttributeError)) no_such_field(name);
    return value;
}

static int set_attribute(PyObject *self, PyObject *name, PyObject *given) {
    bits f;
    whole value;
    int found = find(name, &f);
    if (found < 0) return -1;
    if (!found) return no_such_field(name), -1;
    if (!given) return PyErr_SetString(PyExc_TypeError, "a context field can't be deleted"), -1;
    bool good = f.count <= NUMBER_BITS ? number_from(given, f, name, &value) : wide_from(given, f, name, &value);
    return good ? write_field(self, f, value) : -1;
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
