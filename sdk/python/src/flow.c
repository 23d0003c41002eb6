/* The type Flow: a packet's 5-tuple, which may be kept. */
#include "flow.h"
#include <arpa/inet.h>
#include <string.h>
#include <sys/random.h>

uint64_t flow_hash(const coven_flow *key) {
    static uint64_t seeds[2];
    uint64_t words[5];
    while (!seeds[0] && getrandom(seeds, sizeof seeds, 0) != sizeof seeds) {}
    memcpy(words, key, sizeof words);
    uint64_t hash = seeds[0];
    for (unsigned i = 0; i < 5; i++) {
        __uint128_t product = (__uint128_t)(hash ^ words[i]) * (seeds[1] | 1);
        hash = (uint64_t)product ^ (uint64_t)(product >> 64);
    }
    return hash;
}

PyObject *flow_object(const coven_flow *key, uint64_t time_ns) {
    Flow *self = PyObject_New(Flow, &Flow_Type);
    if (self) self->key = *key, self->time_ns = time_ns;
    return (PyObject *)self;
}

PyObject *packet_flow(PyObject *self, void *unused) {
    coven_packet *packet = ((Packet *)self)->packet;
    coven_flow key;
    if (!packet) return packet_gone();
    if (!coven_flow_of(packet, &key)) Py_RETURN_NONE;
    return flow_object(&key, coven_time_ns(packet));
}

/* ---- made from values ---- */

static bool read_address(const char *text, unsigned version, uint8_t *bytes) {
    if (inet_pton(version == 4 ? AF_INET : AF_INET6, text, bytes) == 1) return true;
    PyErr_Format(PyExc_ValueError, "'%s' is no IPv%u address", text, version);
    return false;
}

static PyObject *flow_make(PyTypeObject *type, PyObject *arguments, PyObject *named) {
    static char *names[] = {"protocol", "source", "destination", "source_port", "destination_port", NULL};
    coven_flow key = {.version = 0};
    const char *source, *destination;
    if (!PyArg_ParseTupleAndKeywords(arguments, named, "bss|HH", names, &key.protocol, &source, &destination, &key.source_port, &key.destination_port))
        return NULL;
    key.version = strchr(source, ':') ? 6 : 4;
    if (!read_address(source, key.version, key.source) || !read_address(destination, key.version, key.destination)) return NULL;
    return flow_object(&key, 0);
}

/* ---- attributes ---- */

static const coven_flow *key_of(PyObject *self) { return &((Flow *)self)->key; }

static PyObject *address(const coven_flow *key, const uint8_t *p) {
    if (key->version == 6) return PyBytes_FromStringAndSize((const char *)p, 16);
    return PyLong_FromUnsignedLong((unsigned long)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]);
}

static PyObject *text_of(const coven_flow *key, const uint8_t *p) { return address_text(p, key->version == 6 ? 16 : 4); }

static PyObject *get_protocol(PyObject *self, void *unused) { return PyLong_FromLong(key_of(self)->protocol); }
static PyObject *get_source(PyObject *self, void *unused) { return address(key_of(self), key_of(self)->source); }
static PyObject *get_destination(PyObject *self, void *unused) { return address(key_of(self), key_of(self)->destination); }
static PyObject *get_source_text(PyObject *self, void *unused) { return text_of(key_of(self), key_of(self)->source); }
static PyObject *get_destination_text(PyObject *self, void *unused) { return text_of(key_of(self), key_of(self)->destination); }
static PyObject *get_source_port(PyObject *self, void *unused) { return PyLong_FromLong(key_of(self)->source_port); }
static PyObject *get_destination_port(PyObject *self, void *unused) { return PyLong_FromLong(key_of(self)->destination_port); }

static PyObject *get_reversed(PyObject *self, void *unused) {
    coven_flow other = coven_flow_reversed(key_of(self));
    return flow_object(&other, ((Flow *)self)->time_ns);
}

static Py_hash_t hash(PyObject *self) {
    Py_hash_t value = (Py_hash_t)flow_hash(key_of(self));
    return value == -1 ? -2 : value;
}

static PyObject *compare(PyObject *self, PyObject *other, int operation) {
    if (Py_TYPE(other) != &Flow_Type || (operation != Py_EQ && operation != Py_NE)) Py_RETURN_NOTIMPLEMENTED;
    return PyBool_FromLong(!memcmp(key_of(self), key_of(other), sizeof(coven_flow)) == (operation == Py_EQ));
}

static PyObject *print(PyObject *self) {
    char text[COVEN_FLOW_TEXT];
    return PyUnicode_FromString(coven_flow_text(key_of(self), text));
}

static PyGetSetDef flow_attributes[] = {
    {"protocol", get_protocol, NULL, "IANA protocol number", NULL},
    {"source", get_source, NULL, "a 32-bit number for IPv4, 16 bytes for IPv6", NULL},
    {"destination", get_destination, NULL, "a 32-bit number for IPv4, 16 bytes for IPv6", NULL},
    {"source_text", get_source_text, NULL, "such as 192.0.2.1", NULL},
    {"destination_text", get_destination_text, NULL, "such as 192.0.2.1", NULL},
    {"source_port", get_source_port, NULL, "0 where there are no ports", NULL},
    {"destination_port", get_destination_port, NULL, "0 where there are no ports", NULL},
    {"reversed", get_reversed, NULL, "the same conversation, from the other side", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject Flow_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "coven.Flow",
    .tp_basicsize = sizeof(Flow),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Flow(protocol, source, destination, source_port=0, destination_port=0): a 5-tuple, hashable; addresses are given as text.",
    .tp_new = flow_make,
    .tp_hash = hash,
    .tp_richcompare = compare,
    .tp_str = print,
    .tp_repr = print,
    .tp_getset = flow_attributes,
};
