/* The type Packet: a packet in the author's hands until the function returns. One object serves packet after packet. */
#include "binding.h"

PyObject *packet_gone(void) {
    PyErr_SetString(PyExc_ValueError, "this packet is gone: it was handed on when the function returned, or sent; keep packet.bytes() instead");
    return NULL;
}

#define self_packet(object) \
    coven_packet *packet = ((Packet *)(object))->packet; \
    if (!packet) return packet_gone()

/* ---- life ---- */

Packet *packet_begin(Packet *reuse, coven_packet *packet) {
    Packet *self = reuse ? reuse : PyObject_New(Packet, &Packet_Type);
    if (!self) return NULL;
    if (!reuse) {
        self->data = self->context = (window){NULL, false};
        self->previous = NULL;
        self->viewed = 0;
        memset(self->views, 0, sizeof self->views);
    }
    self->packet = packet;
    return self;
}

bool packet_end(Packet **slot) {
    Packet *self = *slot;
    if (!self) return true;
    self->packet = NULL;
    if (self->viewed) views_end(self);
    bool clean = window_close(&self->data) & window_close(&self->context);
    if (Py_REFCNT((PyObject *)self) > 1) Py_CLEAR(*slot);
    return clean;
}

static void packet_dealloc(PyObject *object) {
    Packet *self = (Packet *)object;
    window_clear(&self->data);
    window_clear(&self->context);
    packet_give_back(self);
    views_clear(self);
    PyObject_Free(self);
}

/* ---- attributes ---- */

static PyObject *get_data(PyObject *self, void *unused) {
    self_packet(self);
    return window_get(&((Packet *)self)->data, packet->data, packet->length);
}

static PyObject *get_length(PyObject *self, void *unused) {
    self_packet(self);
    return PyLong_FromUnsignedLong(packet->length);
}

static PyObject *get_flow_hash(PyObject *self, void *unused) {
    self_packet(self);
    return PyLong_FromUnsignedLong(coven_flow_hash(packet));
}

static PyObject *get_time_ns(PyObject *self, void *unused) {
    self_packet(self);
    return PyLong_FromUnsignedLongLong(coven_time_ns(packet));
}

static PyObject *get_service_path(PyObject *self, void *unused) {
    self_packet(self);
    return PyLong_FromUnsignedLong(coven_service_path(packet));
}

static PyObject *get_mark(PyObject *self, void *unused) {
    self_packet(self);
    return PyLong_FromUnsignedLong(*coven_mark(packet));
}

static int set_mark(PyObject *self, PyObject *value, void *unused) {
    unsigned long mark = value ? PyLong_AsUnsignedLong(value) : 0;
    if (PyErr_Occurred()) return -1;
    if (!value || mark > UINT32_MAX) return PyErr_SetString(PyExc_ValueError, "mark: 0 to 4294967295"), -1;
    if (!((Packet *)self)->packet) return packet_gone(), -1;
    *coven_mark(((Packet *)self)->packet) = (uint32_t)mark;
    return 0;
}

static PyObject *get_verdict(PyObject *self, void *unused) {
    self_packet(self);
    return PyLong_FromLong(packet->verdict);
}

static int set_verdict(PyObject *self, PyObject *value, void *unused) {
    coven_packet *packet = ((Packet *)self)->packet;
    if (!packet) return packet_gone(), -1;
    return verdict_from(value, &packet->verdict);
}

static int no_verdict(PyObject *value, PyObject *kind) {
    PyObject *names = PyUnicode_FromString(coven_output_name(0));
    for (unsigned i = 1; names && i < coven_output_count(); i++) Py_SETREF(names, PyUnicode_FromFormat("%U, %s", names, coven_output_name(i)));
    if (names) PyErr_Format(kind, "a verdict is Verdict.FORWARD, Verdict.DROP or Verdict.to(name), not %R; the outputs are %U", value ? value : Py_None, names);
    Py_XDECREF(names);
    return -1;
}

int verdict_from(PyObject *value, coven_verdict *verdict) {
    if (!value || !PyLong_Check(value) || PyBool_Check(value)) return no_verdict(value, PyExc_TypeError);
    long number = PyLong_AsLong(value);
    if (number < 0 || number > COVEN_DROP || (number != COVEN_DROP && number >= (long)coven_output_count())) {
        PyErr_Clear();
        return no_verdict(value, PyExc_ValueError);
    }
    *verdict = (coven_verdict)number;
    return 0;
}

/* ---- room ---- */

static PyObject *grow(PyObject *self, PyObject *argument, bool (*change)(coven_packet *, int32_t)) {
    long bytes = PyLong_AsLong(argument);
    if (bytes == -1 && PyErr_Occurred()) return NULL;
    self_packet(self);
    if (!window_is_free(&((Packet *)self)->data)) {
        PyErr_SetString(PyExc_BufferError, "a view of packet.data is in use: release it before the packet grows or shrinks");
        return NULL;
    }
    window_close(&((Packet *)self)->data);
    if (bytes < -(long)packet->length || bytes > UINT16_MAX) Py_RETURN_FALSE;
    return PyBool_FromLong(change(packet, (int32_t)bytes));
}

static PyObject *packet_grow_front(PyObject *self, PyObject *bytes) { return grow(self, bytes, coven_grow_front); }
static PyObject *packet_grow_back(PyObject *self, PyObject *bytes) { return grow(self, bytes, coven_grow_back); }

/* ---- buffer protocol: borrowed from the view, so that it ends with it ---- */

static int packet_getbuffer(PyObject *self, Py_buffer *buffer, int flags) {
    buffer->obj = NULL;
    PyObject *view = get_data(self, NULL);
    if (!view) return -1;
    int result = PyObject_GetBuffer(view, buffer, flags);
    Py_DECREF(view);
    return result;
}

static PyBufferProcs packet_as_buffer = {packet_getbuffer, NULL};

static PyGetSetDef packet_attributes[] = {
    {"data", get_data, NULL, "the bytes of the Ethernet frame: a writable memoryview, invalid once the function returns", NULL},
    {"context", context_get, NULL, "the 16 context bytes, by index and by field", NULL},
    {"length", get_length, NULL, "bytes", NULL},
    {"flow_hash", get_flow_hash, NULL, "the same for both directions of a flow as the engine sees it", NULL},
    {"time_ns", get_time_ns, NULL, "arrival, nanoseconds since 1970", NULL},
    {"mark", get_mark, set_mark, "32 bits that stay with the packet inside the VNF", NULL},
    {"service_path", get_service_path, NULL, "NSH service path identifier << 8 | service index; 0 if it came without", NULL},
    {"ethernet", view_get, NULL, "the Ethernet header; None if the packet is too short", (void *)VIEW_ETHERNET},
    {"vlan", view_get, NULL, "the outermost VLAN tag, or None", (void *)VIEW_VLAN},
    {"ipv4", view_get, NULL, "the IPv4 header, or None", (void *)VIEW_IPV4},
    {"ipv6", view_get, NULL, "the IPv6 header, or None", (void *)VIEW_IPV6},
    {"tcp", view_get, NULL, "the TCP header, or None", (void *)VIEW_TCP},
    {"udp", view_get, NULL, "the UDP header, or None", (void *)VIEW_UDP},
    {"icmp", view_get, NULL, "the ICMP or ICMPv6 header, or None", (void *)VIEW_ICMP},
    {"nsh", nsh_get, NULL, "the Network Service Header, or None", NULL},
    {"payload", packet_payload, NULL, "what stands behind TCP, UDP or ICMP, in place: a writable memoryview; None if there is none", NULL},
    {"flow", packet_flow, NULL, "the 5-tuple, which may be kept; None where there is no IP", NULL},
    {"verdict", get_verdict, set_verdict, "burst form: where it goes", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef packet_methods[] = {
    {"u8", packet_u8, METH_O, "u8(offset): the byte there"},
    {"u16", packet_u16, METH_O, "u16(offset): two bytes, network order"},
    {"u32", packet_u32, METH_O, "u32(offset): four bytes, network order"},
    {"put_u16", FAST(packet_put_u16), METH_FASTCALL, "put_u16(offset, value)"},
    {"put_u32", FAST(packet_put_u32), METH_FASTCALL, "put_u32(offset, value)"},
    {"bytes", FAST(packet_bytes), METH_FASTCALL, "bytes(offset=0, count=all): a copy"},
    {"grow_front", packet_grow_front, METH_O, "grow_front(bytes): room in front; negative cuts off. False if there is none"},
    {"grow_back", packet_grow_back, METH_O, "grow_back(bytes): the same at the end"},
    {"update_checksums", packet_update_checksums, METH_NOARGS, "compute the checksums anew; False if there is no whole transport"},
    {"clone", packet_clone, METH_NOARGS, "a copy with its context, to be sent; None if none is to be had"},
    {"send", FAST(packet_send), METH_FASTCALL, "send(output=FORWARD): hand on a packet of one's own"},
    {NULL, NULL, 0, NULL},
};

PyTypeObject Packet_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "coven.Packet",
    .tp_basicsize = sizeof(Packet),
    .tp_dealloc = packet_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "A packet in the hands of this component, until the function returns.",
    .tp_as_mapping = &packet_as_mapping,
    .tp_as_buffer = &packet_as_buffer,
    .tp_getset = packet_attributes,
    .tp_methods = packet_methods,
};
