#include "views.h"
#include <arpa/inet.h>
#include <stdio.h>

/* ---- finding ---- */

/* The first byte of a header; NULL: there is none. */
static uint8_t *locate(unsigned kind, coven_headers *h) {
    switch (kind) {
    case VIEW_ETHERNET: return h->frame;
    case VIEW_VLAN: return h->tags ? h->frame + 14 : NULL;
    case VIEW_INNER_VLAN: return h->tags > 1 ? h->frame + 18 : NULL;
    case VIEW_IPV4: return h->version == 4 ? h->ip : NULL;
    case VIEW_IPV6: return h->version == 6 ? h->ip : NULL;
    case VIEW_TCP: return coven_tcp_of(h) ? h->transport : NULL;
    case VIEW_UDP: return coven_udp_of(h) ? h->transport : NULL;
    default: return coven_icmp_of(h) ? h->transport : NULL;
    }
}

bool view_spot(PyObject *object, spot *found) {
    View *self = (View *)object;
    found->packet = self->owner ? self->owner->packet : NULL;
    if (!found->packet) return packet_gone(), false;
    found->headers = coven_headers_of(found->packet);
    found->base = locate(self->kind, &found->headers);
    if (found->base) return true;
    PyErr_Format(PyExc_ValueError, "the packet has no such header any more: its bytes were changed (%s)", Py_TYPE(object)->tp_name);
    return false;
}

/* ---- life: one object of a kind for packet after packet, unless the author keeps it ---- */

static View *make_view(Packet *packet, unsigned kind) {
    View *view = PyObject_New(View, view_types[kind]);
    if (!view) return NULL;
    view->owner = packet;
    view->kind = kind;
    return packet->views[kind] = view;
}

PyObject *view_give(Packet *self, unsigned kind) {
    View *view = self->views[kind] ? self->views[kind] : make_view(self, kind);
    if (!view) return NULL;
    self->viewed |= 1u << kind;
    Py_INCREF((PyObject *)view);
    return (PyObject *)view;
}

PyObject *view_get(PyObject *object, void *closure) {
    Packet *self = (Packet *)object;
    unsigned kind = (unsigned)(uintptr_t)closure;
    if (!self->packet) return packet_gone();
    coven_headers h = coven_headers_of(self->packet);
    if (!locate(kind, &h)) Py_RETURN_NONE;
    return view_give(self, kind);
}

PyObject *context_get(PyObject *self, void *unused) { return ((Packet *)self)->packet ? view_give((Packet *)self, VIEW_CONTEXT) : packet_gone(); }

static void let_go(Packet *self, unsigned kind) {
    self->views[kind]->owner = NULL;
    Py_CLEAR(self->views[kind]);
}

void views_end(Packet *self) {
    for (unsigned left = self->viewed; left; left &= left - 1) {
        unsigned kind = (unsigned)__builtin_ctz(left);
        if (Py_REFCNT((PyObject *)self->views[kind]) > 1) let_go(self, kind);
    }
    self->viewed = 0;
}

void views_clear(Packet *self) {
    for (unsigned kind = 0; kind < VIEWS; kind++)
        if (self->views[kind]) let_go(self, kind);
}

PyObject *packet_payload(PyObject *object, void *unused) {
    Packet *self = (Packet *)object;
    if (!self->packet) return packet_gone();
    coven_headers h = coven_headers_of(self->packet);
    if (!h.payload) Py_RETURN_NONE;
    PyObject *view = PyObject_GetAttrString(object, "data");
    PyObject *from = PyLong_FromSsize_t(h.payload - h.frame), *to = PyLong_FromSsize_t(h.end - h.frame);
    PyObject *part = from && to ? PySlice_New(from, to, NULL) : NULL;
    PyObject *payload = view && part ? PyObject_GetItem(view, part) : NULL;
    Py_XDECREF(part);
    Py_XDECREF(to);
    Py_XDECREF(from);
    Py_XDECREF(view);
    return payload;
}

PyObject *packet_update_checksums(PyObject *self, PyObject *unused) {
    coven_packet *packet = ((Packet *)self)->packet;
    if (!packet) return packet_gone();
    coven_headers h = coven_headers_of(packet);
    return PyBool_FromLong(coven_update_checksums(&h));
}

/* ---- fields ---- */

static uint32_t load(const uint8_t *p, unsigned size) {
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++) value = value << 8 | p[i];
    return value;
}

static uint32_t value_of(const spot *s, const field *f) {
    return (load(s->base + f->offset, f->size) >> f->shift & f->mask) << f->scale;
}

PyObject *field_number(PyObject *self, void *closure) {
    spot s;
    return view_spot(self, &s) ? PyLong_FromUnsignedLong(value_of(&s, closure)) : NULL;
}

PyObject *field_flag(PyObject *self, void *closure) {
    spot s;
    return view_spot(self, &s) ? PyBool_FromLong((long)value_of(&s, closure)) : NULL;
}

PyObject *field_bytes(PyObject *self, void *closure) {
    const field *f = closure;
    spot s;
    return view_spot(self, &s) ? PyBytes_FromStringAndSize((const char *)s.base + f->offset, f->size) : NULL;
}

PyObject *address_text(const uint8_t *p, unsigned size) {
    char text[COVEN_ADDRESS_TEXT];
    return PyUnicode_FromString(size == 6 ? coven_mac_text(p, text) : size == 4 ? coven_ipv4_text(coven_load32_(p), text) : coven_ipv6_text(p, text));
}

PyObject *field_text(PyObject *self, void *closure) {
    const field *f = closure;
    spot s;
    return view_spot(self, &s) ? address_text(s.base + f->offset, f->size) : NULL;
}

static int put(PyObject *self, const field *f, const uint8_t *bytes) {
    spot s;
    if (!view_spot(self, &s)) return -1;
    f->write(&s, f->offset, bytes, f->size);
    return 0;
}

static int no_deletion(void) { return PyErr_SetString(PyExc_TypeError, "a header's field can't be deleted"), -1; }

int field_set_number(PyObject *self, PyObject *value, void *closure) {
    const field *f = closure;
    uint8_t bytes[4];
    spot s;
    if (!value) return no_deletion();
    unsigned long number = PyLong_AsUnsignedLong(value);
    if (number > f->mask && !PyErr_Occurred()) PyErr_Format(PyExc_OverflowError, "%lu does not fit: the field takes 0 to %lu", number, (unsigned long)f->mask);
    if (PyErr_Occurred() || !view_spot(self, &s)) return -1;
    uint32_t before = load(s.base + f->offset, f->size);
    uint32_t after = (before & ~(f->mask << f->shift)) | (uint32_t)number << f->shift;
    for (unsigned i = 0; i < f->size; i++) bytes[i] = (uint8_t)(after >> 8 * (f->size - 1 - i));
    f->write(&s, f->offset, bytes, f->size);
    return 0;
}

int field_set_bytes(PyObject *self, PyObject *value, void *closure) {
    const field *f = closure;
    Py_buffer given;
    if (!value) return no_deletion();
    if (PyObject_GetBuffer(value, &given, PyBUF_SIMPLE)) return -1;
    int result = given.len == f->size ? put(self, f, given.buf)
                                      : (PyErr_Format(PyExc_ValueError, "%zd bytes: the field has %u", given.len, f->size), -1);
    PyBuffer_Release(&given);
    return result;
}

static bool parse_mac(const char *text, uint8_t *bytes) {
    int used = 0;
    return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", bytes, bytes + 1, bytes + 2, bytes + 3, bytes + 4, bytes + 5, &used) == 6
        && !text[used];
}

int field_set_text(PyObject *self, PyObject *value, void *closure) {
    const field *f = closure;
    uint8_t bytes[16];
    if (!value) return no_deletion();
    const char *text = PyUnicode_AsUTF8(value);
    if (!text) return -1;
    bool good = f->size == 6 ? parse_mac(text, bytes) : inet_pton(f->size == 4 ? AF_INET : AF_INET6, text, bytes) == 1;
    if (good) return put(self, f, bytes);
    PyErr_Format(PyExc_ValueError, "%R is no %s address", value, f->size == 6 ? "Ethernet" : f->size == 4 ? "IPv4" : "IPv6");
    return -1;
}
