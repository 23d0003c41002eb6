/* Header views: objects that say which header of which packet, and find it anew at every access. */
#ifndef COVEN_PYTHON_VIEWS_H
#define COVEN_PYTHON_VIEWS_H
#include "binding.h"
#include "headers.h"

typedef void (*writer)(coven_packet *packet, const headers *at, uint32_t offset, const uint8_t *bytes, uint32_t size);

/* A number: `size` bytes at `offset` of the header, shifted right, masked, shifted left by `scale`. Or the bytes themselves.
 * Without a writer it can only be read. */
typedef struct field {
    uint8_t offset, size, shift, scale;
    uint32_t mask;
    writer write;
} field;

typedef struct View {
    PyObject_HEAD
    Packet *owner; /* NULL when the view outlived the packet's turn */
    unsigned kind;
} View;

/* Where the header of a view is now. */
typedef struct spot {
    coven_packet *packet;
    headers at;
    uint32_t offset;
} spot;
bool view_spot(PyObject *self, spot *found); /* false with ValueError */

PyObject *field_number(PyObject *self, void *field);
PyObject *field_flag(PyObject *self, void *field);
PyObject *field_bytes(PyObject *self, void *field);
PyObject *field_text(PyObject *self, void *field);
int field_set_number(PyObject *self, PyObject *value, void *field);
int field_set_bytes(PyObject *self, PyObject *value, void *field);
int field_set_text(PyObject *self, PyObject *value, void *field);

/* fields.c */
extern PyTypeObject Context_Type; /* context.c */
extern PyTypeObject *const view_types[VIEWS];
#endif
