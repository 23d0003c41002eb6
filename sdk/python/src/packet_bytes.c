/* A packet's bytes by index, slice and number. Copies, so nothing here can outlive the packet. */
#include "binding.h"

/* Where `count` bytes from `offset` are; NULL with IndexError if they are not all inside. */
static uint8_t *at(PyObject *self, PyObject *offset, Py_ssize_t count) {
    coven_packet *packet = ((Packet *)self)->packet;
    Py_ssize_t start = PyLong_AsSsize_t(offset);
    if (start == -1 && PyErr_Occurred()) return NULL;
    if (!packet) return (uint8_t *)packet_gone();
    if (start >= 0 && start <= (Py_ssize_t)packet->length - count) return packet->data + start;
    PyErr_Format(PyExc_IndexError, "%zd bytes at offset %zd are not within the packet's %u", count, start, packet->length);
    return NULL;
}

PyObject *packet_u8(PyObject *self, PyObject *offset) {
    uint8_t *p = at(self, offset, 1);
    return p ? PyLong_FromLong(p[0]) : NULL;
}

PyObject *packet_u16(PyObject *self, PyObject *offset) {
    uint8_t *p = at(self, offset, 2);
    return p ? PyLong_FromLong(p[0] << 8 | p[1]) : NULL;
}

PyObject *packet_u32(PyObject *self, PyObject *offset) {
    uint8_t *p = at(self, offset, 4);
    return p ? PyLong_FromUnsignedLong((unsigned long)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]) : NULL;
}

static PyObject *put(PyObject *self, PyObject *const *arguments, Py_ssize_t count, int size) {
    if (count != 2) return PyErr_Format(PyExc_TypeError, "put_u%d(offset, value)", size * 8);
    unsigned long long value = PyLong_AsUnsignedLongLong(arguments[1]);
    if (PyErr_Occurred()) return NULL;
    if (value >> (8 * size)) return PyErr_Format(PyExc_OverflowError, "%llu has more than %d bits", value, size * 8);
    uint8_t *p = at(self, arguments[0], size);
    if (!p) return NULL;
    for (int i = 0; i < size; i++) p[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    Py_RETURN_NONE;
}

PyObject *packet_put_u16(PyObject *self, PyObject *const *arguments, Py_ssize_t count) { return put(self, arguments, count, 2); }
PyObject *packet_put_u32(PyObject *self, PyObject *const *arguments, Py_ssize_t count) { return put(self, arguments, count, 4); }

PyObject *packet_bytes(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    if (count > 2) return PyErr_Format(PyExc_TypeError, "bytes(offset=0, count=all)");
    Py_ssize_t start = count > 0 ? PyLong_AsSsize_t(arguments[0]) : 0;
    Py_ssize_t size = count > 1 ? PyLong_AsSsize_t(arguments[1]) : PY_SSIZE_T_MAX;
    if (PyErr_Occurred()) return NULL;
    coven_packet *packet = ((Packet *)self)->packet;
    if (!packet) return packet_gone();
    if (start < 0 || size < 0) return PyErr_Format(PyExc_IndexError, "bytes(%zd, %zd): negative", start, size);
    if (start > packet->length) start = packet->length;
    if (size > packet->length - start) size = packet->length - start;
    return PyBytes_FromStringAndSize((char *)packet->data + start, size);
}

static Py_ssize_t length(PyObject *self) {
    coven_packet *packet = ((Packet *)self)->packet;
    return packet ? (Py_ssize_t)packet->length : (packet_gone(), -1);
}

/* Python's indices: negative ones count from the end. */
static uint8_t *item(PyObject *self, PyObject *key) {
    Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred()) return NULL;
    coven_packet *packet = ((Packet *)self)->packet;
    if (!packet) return (uint8_t *)packet_gone();
    if (index < 0) index += packet->length;
    if (index >= 0 && index < packet->length) return packet->data + index;
    PyErr_Format(PyExc_IndexError, "index %zd is not within the packet's %u bytes", index, packet->length);
    return NULL;
}

/* Slices are the view's: it knows all about them. */
static PyObject *slice(PyObject *self, PyObject *key) {
    PyObject *view = PyObject_GetAttrString(self, "data");
    PyObject *part = view ? PyObject_GetItem(view, key) : NULL;
    PyObject *copy = part ? PyBytes_FromObject(part) : NULL;
    Py_XDECREF(part);
    Py_XDECREF(view);
    return copy;
}

static int put_slice(PyObject *self, PyObject *key, PyObject *value) {
    PyObject *view = PyObject_GetAttrString(self, "data");
    int result = view ? PyObject_SetItem(view, key, value) : -1;
    Py_XDECREF(view);
    return result;
}

static PyObject *subscript(PyObject *self, PyObject *key) {
    if (PySlice_Check(key)) return slice(self, key);
    uint8_t *p = item(self, key);
    return p ? PyLong_FromLong(*p) : NULL;
}

static int assign(PyObject *self, PyObject *key, PyObject *value) {
    if (!value) return PyErr_SetString(PyExc_TypeError, "bytes can't be deleted; see grow_front and grow_back"), -1;
    if (PySlice_Check(key)) return put_slice(self, key, value);
    long byte = PyLong_AsLong(value);
    if (byte == -1 && PyErr_Occurred()) return -1;
    if (byte < 0 || byte > 255) return PyErr_SetString(PyExc_ValueError, "a byte is 0 to 255"), -1;
    uint8_t *p = item(self, key);
    if (!p) return -1;
    *p = (uint8_t)byte;
    return 0;
}

PyMappingMethods packet_as_mapping = {length, subscript, assign};
