/* The type Nsh: the header in the frame, and its metadata of MD type 2 (spec/sdk.md). */
#include "views.h"
#include <coven/nsh.h>

static bool nsh_of(PyObject *object, coven_nsh *nsh) {
    View *self = (View *)object;
    coven_packet *packet = self->owner ? self->owner->packet : NULL;
    if (!packet) return packet_gone(), false;
    if (coven_nsh_of(packet, nsh)) return true;
    PyErr_SetString(PyExc_ValueError, "the packet has no NSH any more: its bytes were changed");
    return false;
}

PyObject *nsh_get(PyObject *object, void *unused) {
    Packet *self = (Packet *)object;
    coven_nsh nsh;
    if (!self->packet) return packet_gone();
    if (!coven_nsh_of(self->packet, &nsh)) Py_RETURN_NONE;
    return view_give(self, VIEW_NSH);
}

/* ---- fields ---- */

#define READ(name, make)                                  \
    static PyObject *get_##name(PyObject *self, void *unused) { \
        coven_nsh n;                                      \
        return nsh_of(self, &n) ? make : NULL;            \
    }
READ(spi, PyLong_FromUnsignedLong(coven_nsh_spi(&n)))
READ(si, PyLong_FromLong(coven_nsh_si(&n)))
READ(ttl, PyLong_FromLong(coven_nsh_ttl(&n)))
READ(oam, PyBool_FromLong(coven_nsh_oam(&n)))
READ(md_type, PyLong_FromLong(coven_nsh_md_type(&n)))
READ(next_protocol, PyLong_FromLong(coven_nsh_next_protocol(&n)))
READ(length, PyLong_FromUnsignedLong(n.length))

static PyGetSetDef attributes[] = {
    {"spi", get_spi, NULL, "service path identifier, 24 bits", NULL},
    {"si", get_si, NULL, "service index", NULL},
    {"ttl", get_ttl, NULL, "0 to 63", NULL},
    {"oam", get_oam, NULL, "the O bit", NULL},
    {"md_type", get_md_type, NULL, "1 or 2", NULL},
    {"next_protocol", get_next_protocol, NULL, "3 is Ethernet", NULL},
    {"length", get_length, NULL, "bytes of the whole header", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* ---- metadata ---- */

static PyObject *value_of(const coven_tlv *piece) { return PyBytes_FromStringAndSize((const char *)piece->value, piece->length); }

static PyObject *metadata(PyObject *self, PyObject *unused) {
    coven_nsh nsh;
    coven_tlv piece = {.value = NULL};
    PyObject *list = nsh_of(self, &nsh) ? PyList_New(0) : NULL;
    while (list && coven_nsh_next(&nsh, &piece)) {
        PyObject *one = Py_BuildValue("HBN", piece.md_class, piece.type, value_of(&piece));
        if (!one || PyList_Append(list, one)) Py_CLEAR(list);
        Py_XDECREF(one);
    }
    return list;
}

static bool key_from(PyObject *const *arguments, Py_ssize_t count, Py_ssize_t wanted, const char *usage, uint16_t *md_class, uint8_t *type) {
    if (count != wanted) return PyErr_Format(PyExc_TypeError, "%s", usage), false;
    unsigned long first = PyLong_AsUnsignedLong(arguments[0]), second = PyErr_Occurred() ? 0 : PyLong_AsUnsignedLong(arguments[1]);
    if (!PyErr_Occurred() && (first > UINT16_MAX || second > UINT8_MAX)) PyErr_Format(PyExc_OverflowError, "class: 0 to 65535; type: 0 to 255");
    *md_class = (uint16_t)first;
    *type = (uint8_t)second;
    return !PyErr_Occurred();
}

static PyObject *get(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    coven_nsh nsh;
    coven_tlv piece;
    uint16_t md_class;
    uint8_t type;
    if (!key_from(arguments, count, 2, "get(class, type)", &md_class, &type) || !nsh_of(self, &nsh)) return NULL;
    if (!coven_nsh_get(&nsh, md_class, type, &piece)) Py_RETURN_NONE;
    return value_of(&piece);
}

/* The packet moves: no view of its bytes may be in use. */
static bool may_move(PyObject *self) {
    window *data = &((View *)self)->owner->data;
    if (!window_is_free(data)) {
        PyErr_SetString(PyExc_BufferError, "a view of packet.data is in use: release it before the metadata changes");
        return false;
    }
    window_close(data);
    return true;
}

static PyObject *set(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    coven_nsh nsh;
    uint16_t md_class;
    uint8_t type;
    Py_buffer value;
    if (!key_from(arguments, count, 3, "set(class, type, value)", &md_class, &type) || !nsh_of(self, &nsh)) return NULL;
    if (!may_move(self) || PyObject_GetBuffer(arguments[2], &value, PyBUF_SIMPLE)) return NULL;
    bool done = coven_nsh_set(&nsh, md_class, type, value.buf, (size_t)value.len);
    PyBuffer_Release(&value);
    return PyBool_FromLong(done);
}

static PyObject *remove_piece(PyObject *self, PyObject *const *arguments, Py_ssize_t count) {
    coven_nsh nsh;
    uint16_t md_class;
    uint8_t type;
    if (!key_from(arguments, count, 2, "remove(class, type)", &md_class, &type) || !nsh_of(self, &nsh) || !may_move(self)) return NULL;
    return PyBool_FromLong(coven_nsh_remove(&nsh, md_class, type));
}

static PyMethodDef methods[] = {
    {"metadata", metadata, METH_NOARGS, "metadata(): a list of (class, type, value), in order"},
    {"get", FAST(get), METH_FASTCALL, "get(class, type): the first value, or None"},
    {"set", FAST(set), METH_FASTCALL, "set(class, type, value): replace the first value, or add one. False, and nothing changed, if it can't be"},
    {"remove", FAST(remove_piece), METH_FASTCALL, "remove(class, type): take the first away. False if there is none, or none can be"},
    {NULL, NULL, 0, NULL},
};

PyTypeObject Nsh_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "coven.Nsh",
    .tp_basicsize = sizeof(View),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "The Network Service Header of a packet, at an `aware` connection point; at a `proxy` its metadata can be read only.",
    .tp_getset = attributes,
    .tp_methods = methods,
};
