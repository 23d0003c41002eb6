/* The context by fields: one number of 128 bits, the first bit the most significant one. */
#include "channel.h"
#include <coven/context.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BITS = COVEN_LIMITS_CONTEXT_BYTES * 8, NAME_MAX = sizeof cvn_me->layout.fields[0].name };
typedef unsigned __int128 number;
#define its (cvn_me->layout)

static bool refuse(char *error, size_t size, const char *what, const char *part, size_t length) {
    its.count = 0;
    snprintf(error, size, "%s: \"%.*s\"; a layout is name:bits,name:bits,... of %d bits in all", what, (int)(length < 80 ? length : 80), part, BITS);
    return false;
}

static bool has(const char *name, size_t length) {
    for (unsigned i = 0; i < its.count; i++)
        if (strlen(its.fields[i].name) == length && !memcmp(its.fields[i].name, name, length)) return true;
    return false;
}

/* One `name:bits` that begins at bit `first`; its bits, or 0. */
static unsigned read_field(const char *part, size_t length, unsigned first) {
    const char *colon = memchr(part, ':', length);
    size_t name = colon ? (size_t)(colon - part) : 0, digits = colon ? strspn(colon + 1, "0123456789") : 0;
    if (!name || name >= NAME_MAX || !digits || digits > 3 || name + 1 + digits != length || has(part, name) || its.count == BITS) return 0;
    unsigned bits = (unsigned)atoi(colon + 1);
    if (!bits || first + bits > BITS) return 0;
    snprintf(its.fields[its.count].name, NAME_MAX, "%.*s", (int)name, part);
    its.fields[its.count++].field = (coven_field){(uint8_t)first, (uint8_t)bits};
    return bits;
}

bool coven_context_layout(const char *layout, char *error, size_t size) {
    unsigned first = 0;
    its.known = true;
    its.count = 0;
    for (const char *part = layout; part;) {
        size_t length = strcspn(part, ",");
        unsigned bits = read_field(part, length, first);
        if (!bits) return refuse(error, size, "no field of a context layout", part, length);
        first += bits;
        part = part[length] ? part + length + 1 : NULL;
    }
    return !layout || first == BITS || refuse(error, size, "a context layout of other than 128 bits", layout, strlen(layout));
}

static void know(void) {
    char error[256];
    const char *layout = getenv("COVEN_CONTEXT");
    if (its.known || coven_context_layout(layout && *layout ? layout : NULL, error, sizeof error)) return;
    fprintf(cvn_log(), "%s: COVEN_CONTEXT: %s\n", coven_component_name(), error);
}

coven_field coven_context_field(const char *name) {
    know();
    for (unsigned i = 0; i < its.count; i++)
        if (!strcmp(its.fields[i].name, name)) return its.fields[i].field;
    fprintf(cvn_log(), "%s: the context has no field %s; ", coven_component_name(), name);
    if (!its.count) fprintf(cvn_log(), "the package gives this component no layout (vnf.yaml: context)");
    for (unsigned i = 0; i < its.count; i++) fprintf(cvn_log(), "%s%s", i ? ", " : "there are: ", its.fields[i].name);
    fprintf(cvn_log(), "\n");
    return (coven_field){0, 0};
}

bool coven_context_entry(unsigned index, const char **name, coven_field *field) {
    know();
    if (index >= its.count) return false;
    *name = its.fields[index].name;
    *field = its.fields[index].field;
    return true;
}

static number load(const coven_packet *packet) {
    uint64_t half[2];
    memcpy(half, packet->context, sizeof half);
    return (number)be64toh(half[0]) << 64 | be64toh(half[1]);
}

static number mask_of(coven_field field) { return field.bits >= BITS ? ~(number)0 : ((number)1 << field.bits) - 1; }
static unsigned place_of(coven_field field) { return (unsigned)BITS - field.first - field.bits; }

static number get(const coven_packet *packet, coven_field field) { return field.bits ? load(packet) >> place_of(field) & mask_of(field) : 0; }

static bool set(coven_packet *packet, coven_field field, number value) {
    if (!field.bits || value > mask_of(field)) return false;
    unsigned place = place_of(field);
    number all = (load(packet) & ~(mask_of(field) << place)) | value << place;
    const uint64_t half[2] = {htobe64((uint64_t)(all >> 64)), htobe64((uint64_t)all)};
    memcpy(packet->context, half, sizeof half);
    return true;
}

uint64_t coven_field_get(const coven_packet *packet, coven_field field) { return (uint64_t)get(packet, field); }
bool coven_field_set(coven_packet *packet, coven_field field, uint64_t value) { return set(packet, field, value); }

void coven_field_read(const coven_packet *packet, coven_field field, uint8_t *bytes) {
    number value = get(packet, field);
    for (unsigned i = coven_field_size(field); i--; value >>= 8) bytes[i] = (uint8_t)value;
}

bool coven_field_write(coven_packet *packet, coven_field field, const uint8_t *bytes, size_t length) {
    number value = 0;
    if (length != coven_field_size(field)) return false;
    for (size_t i = 0; i < length; i++) value = value << 8 | bytes[i];
    return set(packet, field, value);
}
