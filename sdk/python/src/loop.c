/* Attaching, the run loop, and leaving. */
#include "binding.h"
#include <pythread.h>

typedef struct loop {
    PyObject *function, *report; /* report(exception) prints; borrowed from the caller */
    bool in_bursts;
} loop;

static loop members[COVEN_LIMITS_SLOTS_MAX]; /* of a fused group by their turns; else the first */
static unsigned latest_member;
static bool attached, in_function; /* in the author's code: the function, or an operation of the agent */
static unsigned long thread;
static coven_packet hand[COVEN_LIMITS_BURST_MAX];
static Packet *packet_object; /* kept from packet to packet */
static Burst *burst_object;
static unsigned suspect;            /* of a burst: the packet that was asked for last */
static const coven_packet *failing; /* while its exception is reported */

bool is_attached(void) { return attached; }
bool on_our_thread(void) { return PyThread_get_thread_ident() == thread; }

static bool may_use(void) {
    if (!attached) PyErr_SetString(PyExc_RuntimeError, "not attached: call coven.attach() first");
    else if (!on_our_thread()) PyErr_SetString(PyExc_RuntimeError, "a component is driven by the thread that attached it");
    else if (in_function) PyErr_SetString(PyExc_RuntimeError, "not from within the component's function or agent operations");
    else return true;
    return false;
}

/* A member of a group after which others attach does not run yet. */
PyObject *loop_attach(PyObject *module, PyObject *is_last) {
    char error[256];
    if (attached && coven_group_turn() == latest_member) return PyErr_Format(PyExc_RuntimeError, "this process is attached already");
    if (coven_attach(error, sizeof error)) return PyErr_Format(PyExc_ConnectionError, "%s", error);
    attached = true;
    latest_member = coven_group_turn();
    thread = PyThread_get_thread_ident();
    if (PyObject_IsTrue(is_last)) coven_ready();
    Py_RETURN_NONE;
}

static void detach(void) {
    packet_return_all();
    coven_detach();
    window_guard();
    attached = false;
}

PyObject *loop_detach(PyObject *module, PyObject *unused) {
    if (!may_use()) return NULL;
    detach();
    Py_RETURN_NONE;
}

/* ---- the author's function ---- */

/* By report, once for the exception that it is called with. True: it was told, and a stack may follow. */
PyObject *loop_report_failure(PyObject *module, PyObject *text) {
    const char *what = PyUnicode_AsUTF8(text);
    if (!what) return NULL;
    return PyBool_FromLong(failing && coven_report_failure(failing, what));
}

/* An ordinary exception is reported, and the component goes on; SystemExit and KeyboardInterrupt make it leave. */
static bool goes_on(const loop *self, const coven_packet *packet) {
    PyObject *type, *value, *trace;
    if (!PyErr_ExceptionMatches(PyExc_Exception)) return false;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (trace) PyException_SetTraceback(value, trace);
    failing = packet;
    PyObject *done = PyObject_CallFunctionObjArgs(self->report, value, NULL);
    failing = NULL;
    if (!done) PyErr_WriteUnraisable(self->report);
    Py_XDECREF(done);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    return true;
}

static bool check_kept(bool clean) {
    if (!clean && !PyErr_Occurred())
        PyErr_SetString(PyExc_BufferError,
                        "an object still uses a packet's memory (numpy.frombuffer, for one) after the function returned; give it a copy");
    return clean;
}

static PyObject *call(PyObject *function, PyObject *argument) {
    PyObject *arguments[] = {NULL, argument};
    in_function = true;
    PyObject *result = PyObject_Vectorcall(function, arguments + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    in_function = false;
    return result;
}

static bool call_packet(const loop *self, coven_packet *packet) {
    Packet *object = packet_begin(packet_object, packet);
    if (!object) return false;
    packet_object = object;
    PyObject *result = call(self->function, (PyObject *)object);
    bool good = result && !verdict_from(result, &packet->verdict);
    Py_XDECREF(result);
    return check_kept(packet_end(&packet_object)) && good;
}

/* False: an exception is set that makes the component leave. */
static bool each(const loop *self, unsigned count) {
    unsigned kept = 0;
    bool on = true;
    for (unsigned i = 0; i < count; i++) {
        if (on && call_packet(self, &hand[i])) {
            if (kept != i) hand[kept] = hand[i];
            kept++;
            continue;
        }
        on = on && goes_on(self, &hand[i]);
        coven_fail(&hand[i], 1);
    }
    coven_finish(hand, kept);
    return on;
}

static bool call_burst(const loop *self, unsigned count) {
    suspect = 0;
    Burst *object = burst_begin(burst_object, hand, count);
    if (!object) return false;
    burst_object = object;
    PyObject *result = call(self->function, (PyObject *)object);
    suspect = burst_latest(object);
    Py_XDECREF(result);
    return check_kept(burst_end(&burst_object)) && result;
}

static bool whole(const loop *self, unsigned count) {
    if (call_burst(self, count)) {
        coven_finish(hand, count);
        return true;
    }
    bool on = goes_on(self, &hand[suspect]);
    coven_fail(hand, count);
    return on;
}

/* ---- turns ---- */

/* How many packets were done, all of one member; -1 with an exception set. */
static int turn(void) {
    packet_return_orphans();
    unsigned count = coven_take(hand, COVEN_LIMITS_BURST_DEFAULT);
    if (!count) return 0;
    const loop *self = &members[coven_group_turn()];
    return (self->in_bursts ? whole(self, count) : each(self, count)) ? (int)count : -1;
}

static bool pass(void) {
    in_function = true;
    bool on = coven_pass();
    in_function = false;
    return on;
}

static bool until_stop(void) {
    while (pass()) {
        int done = turn();
        if (done < 0) return false;
        if (done) continue;
        Py_BEGIN_ALLOW_THREADS
        coven_wait(-1, -1);
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals()) return false;
    }
    return true;
}

/* Of the one whose turn it is: the caller keeps the objects. */
static bool read_loop(PyObject *const *arguments, Py_ssize_t count) {
    if (count != 3) return PyErr_Format(PyExc_TypeError, "function, report, in_bursts"), false;
    if (!PyCallable_Check(arguments[0])) return PyErr_Format(PyExc_TypeError, "not a function: %R", arguments[0]), false;
    if (!may_use()) return false;
    members[coven_group_turn()] = (loop){arguments[0], arguments[1], arguments[2] == Py_True};
    return true;
}

PyObject *loop_run(PyObject *module, PyObject *const *arguments, Py_ssize_t count) {
    if (!read_loop(arguments, count)) return NULL;
    bool good = until_stop();
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    detach();
    PyErr_Restore(type, value, trace);
    if (!good) return NULL;
    Py_RETURN_NONE;
}

PyObject *loop_join(PyObject *module, PyObject *const *arguments, Py_ssize_t count) {
    if (!read_loop(arguments, count)) return NULL;
    if (!coven_group_join()) return PyErr_Format(PyExc_RuntimeError, "no room for another component in this process");
    Py_RETURN_NONE;
}

PyObject *loop_turn(PyObject *module, PyObject *unused) { return PyLong_FromUnsignedLong(coven_group_turn()); }

PyObject *loop_step(PyObject *module, PyObject *const *arguments, Py_ssize_t count) {
    if (!read_loop(arguments, count)) return NULL;
    if (!pass()) Py_RETURN_FALSE;
    if (turn() < 0) return NULL;
    Py_RETURN_TRUE;
}

PyObject *loop_event_fd(PyObject *module, PyObject *unused) { return may_use() ? PyLong_FromLong(coven_event_fd()) : NULL; }
PyObject *loop_arm(PyObject *module, PyObject *unused) { return may_use() ? PyBool_FromLong(coven_arm()) : NULL; }

PyObject *loop_disarm(PyObject *module, PyObject *unused) {
    if (!may_use()) return NULL;
    coven_disarm();
    Py_RETURN_NONE;
}
