/** @file
 * The 16 context bytes by the layout of the package (spec/sdk.md): `COVEN_CONTEXT` names the fields.
 *
 *     coven_field tenant = coven_context_field("tenant");           // once, not per packet
 *     if (!coven_field_set(packet, tenant, 7)) …                     // 7 does not fit
 */
#ifndef COVEN_CONTEXT_H
#define COVEN_CONTEXT_H
#include "nf.h"
#ifdef __cplusplus
extern "C" {
#endif

/** A field: its first bit, counted from the most significant one of the first byte, and how many there are. No bits: no such field. */
typedef struct coven_field {
    uint8_t first, bits;
} coven_field;

/** The field `name`; without bits, and a line on stderr that names those there are, if the layout has none of that name. */
coven_field coven_context_field(const char *name);
/** The fields of the layout in order, for bindings: false past the last one. */
bool coven_context_entry(unsigned index, const char **name, coven_field *field);
/** Another layout than the environment's. False, and why in `error`, if it is none: then there are no fields. NULL: none. */
bool coven_context_layout(const char *layout, char *error, size_t size);

/** The number in a field of up to 64 bits; of a wider one its last 64 bits. */
uint64_t coven_field_get(const coven_packet *packet, coven_field field);
/** False, and nothing changed, if it does not fit. */
bool coven_field_set(coven_packet *packet, coven_field field, uint64_t value);
/** A field as bytes, the number's, most significant first: coven_field_size() of them. */
static inline unsigned coven_field_size(coven_field field) { return (field.bits + 7u) / 8; }
void coven_field_read(const coven_packet *packet, coven_field field, uint8_t *bytes);
/** False, and nothing changed, if `length` is not its size, or bits above the field are set. */
bool coven_field_write(coven_packet *packet, coven_field field, const uint8_t *bytes, size_t length);

#ifdef __cplusplus
}
#endif
#endif
