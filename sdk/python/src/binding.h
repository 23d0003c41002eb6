/* What the files of the extension share. Everything runs on the one thread that runs the author's code, with the GIL held;
 * only coven_wait runs without it. */
#ifndef COVEN_PYTHON_BINDING_H
#define COVEN_PYTHON_BINDING_H
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <coven/core.h>
#include <coven/layout.h>
#include <stdbool.h>

/* METH_FASTCALL functions in a table of PyCFunction. */
#define FAST(function) ((PyCFunction)(void (*)(void))(function))

/* ---- window.c: memoryviews over memory that is ours only for a while ---- */
typedef struct window {
    PyObject *view; /* kept for the next packet when nobody else has it */
    bool open;
} window;
PyObject *window_get(window *self, void *at, Py_ssize_t length);
bool window_is_free(const window *self); /* no view of it is in the author's hands */
/* Invalidates every view. False if another object, which does not look whether a view is valid, still points there. */
bool window_close(window *self);
void window_clear(window *self);
void window_guard(void); /* after the channel is unmapped */

/* ---- packet.c ---- */
enum { VIEW_ETHERNET, VIEW_VLAN, VIEW_INNER_VLAN, VIEW_IPV4, VIEW_IPV6, VIEW_TCP, VIEW_UDP, VIEW_ICMP, VIEW_NSH, VIEW_CONTEXT, VIEWS };
struct View;
typedef struct Packet {
    PyObject_HEAD
    coven_packet *packet; /* NULL when it is no longer ours */
    window data, context;
    unsigned viewed;      /* a bit for each of `views` that the author was given in this turn */
    struct View *views[VIEWS];
    coven_packet own;     /* a packet of one's own: `packet` points here */
    struct Packet *next, **previous;
} Packet;
extern PyTypeObject Packet_Type;
Packet *packet_begin(Packet *reuse, coven_packet *packet);
/* The packet is handed on: `*slot` keeps the object if it can serve again. False as for window_close. */
bool packet_end(Packet **slot);
void packet_return_orphans(void); /* once a pass */
void packet_return_all(void);
PyObject *packet_gone(void);
int verdict_from(PyObject *value, coven_verdict *verdict);
bool on_our_thread(void);
/* packet_own.c: making packets */
PyObject *packet_clone(PyObject *self, PyObject *unused);
PyObject *packet_send(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *packet_new(PyObject *module, PyObject *const *arguments, Py_ssize_t count);
void packet_give_back(Packet *self);
/* packet_bytes.c: by index, slice and number */
extern PyMappingMethods packet_as_mapping;
PyObject *packet_u8(PyObject *self, PyObject *offset);
PyObject *packet_u16(PyObject *self, PyObject *offset);
PyObject *packet_u32(PyObject *self, PyObject *offset);
PyObject *packet_put_u16(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *packet_put_u32(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *packet_bytes(PyObject *self, PyObject *const *arguments, Py_ssize_t count);

/* views.c: headers */
PyObject *view_get(PyObject *packet, void *kind);
PyObject *view_give(Packet *self, unsigned kind);
PyObject *nsh_get(PyObject *packet, void *unused);
PyObject *context_get(PyObject *packet, void *unused);
PyObject *context_set_layout(PyObject *module, PyObject *text); /* "" for none */
void views_end(Packet *self);   /* the packet's turn is over */
void views_clear(Packet *self); /* the object dies */
PyObject *packet_payload(PyObject *packet, void *unused);
PyObject *packet_flow(PyObject *packet, void *unused);
PyObject *packet_update_checksums(PyObject *self, PyObject *unused);
PyObject *address_text(const uint8_t *bytes, unsigned size); /* of 4, 6 or 16 bytes */

/* ---- burst.c ---- */
extern PyTypeObject Burst_Type;
typedef struct Burst Burst;
Burst *burst_begin(Burst *reuse, coven_packet *packets, unsigned count);
bool burst_end(Burst **slot);
unsigned burst_latest(const Burst *self); /* the packet that was asked for last */

/* ---- loop.c ---- */
PyObject *loop_attach(PyObject *module, PyObject *is_last);
PyObject *loop_detach(PyObject *module, PyObject *unused);
PyObject *loop_run(PyObject *module, PyObject *const *arguments, Py_ssize_t count);
PyObject *loop_join(PyObject *module, PyObject *const *arguments, Py_ssize_t count);
PyObject *loop_turn(PyObject *module, PyObject *unused);
PyObject *loop_step(PyObject *module, PyObject *const *arguments, Py_ssize_t count);
PyObject *loop_report_failure(PyObject *module, PyObject *text);
PyObject *loop_event_fd(PyObject *module, PyObject *unused);
PyObject *loop_arm(PyObject *module, PyObject *unused);
PyObject *loop_disarm(PyObject *module, PyObject *unused);
bool is_attached(void);

/* ---- agent.c ---- */
extern PyTypeObject Counter_Type, Histogram_Type;
PyObject *agent_publish(PyObject *module, PyObject *arguments);

#endif
