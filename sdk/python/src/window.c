/* Memoryviews over a frame or a context, which are valid only while the author's function runs.
 *
 * Frames are shared memory: once a packet is handed on its bytes are another component's. A memoryview and all its slices
 * share one managed buffer, and refuse every access once that is marked as released; so marking it ends them all, wherever
 * they were kept. A view that nobody kept is pointed at the next packet instead of being made anew. */
#include "binding.h"
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* Addresses that objects over stale views may still point to. */
static uintptr_t stale_from = UINTPTR_MAX, stale_to;

static PyMemoryViewObject *view_of(const window *self) { return (PyMemoryViewObject *)self->view; }

static bool is_ours_alone(const PyMemoryViewObject *view) {
    return Py_REFCNT((PyObject *)view) == 1 && !view->exports && view->mbuf->exports == 1 && !(view->flags & _Py_MEMORYVIEW_RELEASED);
}

static void point(PyMemoryViewObject *view, void *at, Py_ssize_t length) {
    view->view.buf = view->mbuf->master.buf = at;
    view->view.len = view->mbuf->master.len = length;
    view->view.shape[0] = length;
    view->mbuf->flags &= ~_Py_MANAGED_BUFFER_RELEASED;
}

PyObject *window_get(window *self, void *at, Py_ssize_t length) {
    if (self->view && self->open && view_of(self)->flags & _Py_MEMORYVIEW_RELEASED) Py_CLEAR(self->view); /* the author closed it */
    if (!self->view) {
        self->view = PyMemoryView_FromMemory(at, length, PyBUF_WRITE);
        if (!self->view) return NULL;
    } else if (!self->open) {
        point(view_of(self), at, length);
    }
    self->open = true;
    Py_INCREF(self->view);
    return self->view;
}

/* No view was asked for, or it was only for a moment, or the author has released all that there were. */
bool window_is_free(const window *self) { return !self->open || is_ours_alone(view_of(self)) || !view_of(self)->mbuf->exports; }

/* memoryview(packet) makes a managed buffer of its own, which borrows from our view. Only the collector knows where it is. */
static void release_borrowers(PyObject *view) {
    PyTypeObject *buffer_type = Py_TYPE((PyObject *)((PyMemoryViewObject *)view)->mbuf);
    PyObject *gc = PyImport_ImportModule("gc");
    PyObject *found = gc ? PyObject_CallMethod(gc, "get_referrers", "O", view) : NULL;
    for (Py_ssize_t i = 0; found && i < PyList_GET_SIZE(found); i++) {
        PyObject *item = PyList_GET_ITEM(found, i);
        if (Py_TYPE(item) != buffer_type) continue;
        _PyManagedBufferObject *borrower = (_PyManagedBufferObject *)item;
        if (borrower->master.obj != view) continue;
        borrower->flags |= _Py_MANAGED_BUFFER_RELEASED;
        PyBuffer_Release(&borrower->master);
    }
    Py_XDECREF(found);
    Py_XDECREF(gc);
}

static void remember_stale(const Py_buffer *view) {
    uintptr_t from = (uintptr_t)view->buf;
    if (from < stale_from) stale_from = from;
    if (from + (uintptr_t)view->len > stale_to) stale_to = from + (uintptr_t)view->len;
}

static bool end_kept(window *self) {
    PyMemoryViewObject *view = view_of(self);
    PyObject *type, *value, *trace;
    remember_stale(&view->mbuf->master);
    PyErr_Fetch(&type, &value, &trace);
    if (view->exports) release_borrowers(self->view);
    PyErr_Restore(type, value, trace);
    bool clean = view->exports == 0;
    Py_CLEAR(self->view);
    return clean;
}

bool window_close(window *self) {
    if (!self->open) return true;
    self->open = false;
    bool alone = is_ours_alone(view_of(self));
    view_of(self)->mbuf->flags |= _Py_MANAGED_BUFFER_RELEASED;
    return alone || end_kept(self);
}

void window_clear(window *self) {
    window_close(self);
    Py_CLEAR(self->view);
}

/* Objects over stale views would now point to nothing; give them memory, so that they are wrong but crash nobody. */
void window_guard(void) {
    if (stale_from >= stale_to) return;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = stale_from & ~(page - 1);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    (void)mmap((void *)from, stale_to - from, PROT_READ | PROT_WRITE, flags, -1, 0);
    stale_from = UINTPTR_MAX;
    stale_to = 0;
}
