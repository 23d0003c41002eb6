/* Packets of one's own: made, cloned, sent. What is not sent is given back when the object dies, or the component leaves. */
#include "binding.h"
#include <string.h>

typedef struct orphan {
    coven_packet packet;
    struct orphan *next;
} orphan;

static Packet *owned;   /* all that have not been sent */
static orphan *orphans; /* whose objects died on another thread, which may not touch the rings */

static Packet *adopt(Packet *self) {
    if (!self) return NULL;
    self->packet = &self->own;
    self->next = owned;
    self->previous = &owned;
    if (owned) owned->previous = &self->next;
    owned = self;
    return self;
}

static void forget(Packet *self) {
    *self->previous = self->next;
    if (self->next) self->next->previous = self->previous;
    self->previous = NULL;
    self->packet = NULL;
}

static bool may_make(void) {
    if (is_attached() && on_our_thread()) return true;
    PyErr_SetString(PyExc_RuntimeError, "packets are made and sent only by a running component, on the thread that runs its function");
    return false;
}

/* An object for `made`, or its frame goes back. */
static PyObject *own(const coven_packet *made) {
    Packet *self = packet_begin(NULL, NULL);
    if (!self) {
        coven_packet lost = *made;
        coven_send(&lost, COVEN_DROP);
        return NULL;
    }
    self->own = *made;
    return (PyObject *)adopt(self);
}

PyObject *packet_new(PyObject *module, PyObject *const *arguments, Py_ssize_t count) {
    PyObject *model = count == 2 && arguments[1] != Py_None ? arguments[1] : NULL;
    if (count < 1 || count > 2 || (model && Py_TYPE(model) != &Packet_Type))
        return PyErr_Format(PyExc_TypeError, "packet_new(length, like: Packet = None)");
    unsigned long length = PyLong_AsUnsignedLong(arguments[0]);
    if (PyErr_Occurred()) return NULL;
    coven_packet *like = model ? ((Packet *)model)->packet : NULL, made;
    if (model && !like) return packet_gone();
    if (!may_make()) return NULL;
    if (length > UINT16_MAX || !coven_packet_new(&made, (uint32_t)length, like)) Py_RETURN_NONE;
    memset(made.data, 0, made.length); /* the frame still holds an older packet */
    return own(&made);
}

PyObject *packet_clone(PyObject *self, PyObject *unused) {
    coven_packet *original = ((Packet *)self)->packet, made;
    if (!original) return packet_gone();
    if (!may_make()) return NULL;
    if (!coven_packet_clone(&made, original)) Py_RETURN_NONE;
    return own(&made);
}

PyObject *packet_send(PyObject *object, PyObject *const *arguments, Py_ssize_t count) {
    Packet *self = (Packet *)object;
    coven_verdict output = COVEN_FORWARD;
    if (count > 1) return PyErr_Format(PyExc_TypeError, "send(output=Verdict.FORWARD)");
    if (!self->packet) return packet_gone();
    if (!self->previous)
        return PyErr_Format(PyExc_ValueError, "only packets of one's own (packet_new, clone) are sent; return a verdict for this one");
    if ((count && verdict_from(arguments[0], &output)) || !may_make()) return NULL;
    if (!window_is_free(&self->data) || !window_is_free(&self->context))
        return PyErr_Format(PyExc_BufferError, "a view of the packet is in use: release it before the packet is sent");
    window_close(&self->data);
    window_close(&self->context);
    forget(self);
    coven_send(&self->own, output);
    Py_RETURN_NONE;
}

/* Without memory for the note the frame stays lent until the component ends. */
static void leave_behind(const coven_packet *packet) {
    orphan *note = PyMem_RawMalloc(sizeof *note);
    if (!note) return;
    *note = (orphan){*packet, orphans};
    orphans = note;
}

void packet_give_back(Packet *self) {
    if (!self->previous) return;
    forget(self);
    if (on_our_thread()) coven_send(&self->own, COVEN_DROP);
    else leave_behind(&self->own);
}

void packet_return_orphans(void) {
    while (orphans) {
        orphan *note = orphans;
        orphans = note->next;
        coven_send(&note->packet, COVEN_DROP);
        PyMem_RawFree(note);
    }
}

void packet_return_all(void) {
    while (owned) {
        Packet *self = owned;
        window_close(&self->data);
        window_close(&self->context);
        packet_give_back(self);
    }
    packet_return_orphans();
}
