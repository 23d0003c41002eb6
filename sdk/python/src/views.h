/* Header views: objects that say which header of which packet, and find it anew at every access. */
#ifndef COVEN_PYTHON_VIEWS_H
#define COVEN_PYTHON_VIEWS_H
#include "binding.h"
#include <coven/headers.h>

/* Where the header of a view is now. */
typedef struct spot {
    coven_packet *packet;
    coven_headers headers;
    uint8_t *base; /* the header's first byte */
} spot;

/* checksum.c. `offset` from the header's first byte; 1 to 16 bytes. */
typedef void (*writer)(const spot *s, uint32_t offset, const uint8_t *bytes, uint32_t size);
void write_plain(const spot *s, uint32_t offset, const uint8_t *bytes, uint32_t size);
void write_ipv4(const spot *s, uint32_t offset, const uint8_t *bytes, uint32_t size);
void write_address(const spot *s, uint32_t offset, const uint8_t *bytes, uint32_t size);
void write_transport(const spot *s, uint32_t offset, const uint8_t *bytes, uint32_t size);

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

bool view_spot(PyObject *self, spot *found); /* false with ValueError */

PyObject *field_number(PyObject *self, void *field);
PyObject *field_flag(PyObject *self, void *field);
PyObject *field_bytes(PyObject *self, void *field);
PyObject *field_text(PyObject *self, void *field);
int field_set_number(PyObject *self, PyObject *value, void *field);
int field_set_bytes(PyObject *self, PyObject *value, void *field);
int field_set_text(PyObject *self, PyObject *value, void *field);

/* fields.c */
extern PyTypeObject Context_Type, Nsh_Type; /* context.c, nsh.c */
extern PyTypeObject *const view_types[VIEWS];
#endif
