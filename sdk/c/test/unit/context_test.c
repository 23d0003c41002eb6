/* spec/vectors/sdk/context.json. */
#include "vectors.h"
#include <coven/context.h>
#include <stdlib.h>

static loose room;

static bool use_layout(const char *vector) {
    static char error[256];
    bool good = coven_context_layout(text_of(member(vector, "layout")), error, sizeof error);
    if (!good) check_vector(strlen(error) > 20, vector, "the error says why");
    return good;
}

/* "0x…", or bytes. */
static bool set(coven_packet *packet, coven_field field, const char *value) {
    if (value[1] == '0' && value[2] == 'x') return coven_field_set(packet, field, number_of(value));
    bytes wide = bytes_of(value);
    return coven_field_write(packet, field, wide.at, wide.length);
}

static bool holds(const coven_packet *packet, coven_field field, const char *value) {
    uint8_t got[16];
    if (value[1] == '0' && value[2] == 'x') return coven_field_get(packet, field) == number_of(value);
    bytes wide = bytes_of(value);
    coven_field_read(packet, field, got);
    return wide.length == coven_field_size(field) && !memcmp(got, wide.at, wide.length);
}

/* A pair [field, value]. */
static const char *pair(const char *at, coven_field *field) {
    const char *name = first_of(at);
    *field = coven_context_field(text_of(name));
    return next_of(name);
}

static void check_places(const char *vector) {
    const char *name;
    coven_field field;
    unsigned i = 0;
    for (; coven_context_entry(i, &name, &field); i++) {
        const char *place = member(member(vector, "fields"), name);
        check_vector(place && number_in(place, "first") == field.first && number_in(place, "bits") == field.bits, vector, name);
        const char *read = member(member(vector, "read"), name);
        check_vector(read && holds(&room.packet, field, read), vector, name);
    }
    check_vector(i > 0, vector, "fields");
}

TEST(context_vectors) {
    unsigned count = 0;
    coven_field field;
    for (const char *vector = vectors_of("context.json"); vector; vector = next_of(vector), count++) {
        bool wrong = member(vector, "error");
        check_vector(use_layout(vector) == !wrong, vector, "layout");
        if (wrong) continue;
        bytes none = {.length = 60};
        coven_packet *packet = hold(&room, &none);
        for (const char *at = first_of(member(vector, "misfit")); at; at = next_of(at)) {
            const char *value = pair(at, &field);
            check_vector(field.bits && !set(packet, field, value) && coven_field_get(packet, field) == 0, vector, "misfit");
        }
        if (!member(vector, "context")) continue;
        bytes before = bytes_of(member(vector, "context")), after = bytes_of(member(vector, "after"));
        memcpy(packet->context, before.at, 16);
        check_places(vector);
        for (const char *at = first_of(member(vector, "set")); at; at = next_of(at)) {
            const char *value = pair(at, &field);
            check_vector(set(packet, field, value) && holds(packet, field, value), vector, "set");
        }
        check_vector(!memcmp(packet->context, after.at, 16), vector, "after");
    }
    CHECK(count >= 20);
    coven_context_layout(NULL, NULL, 0);
}

TEST(context_field_that_is_not_there) {
    bytes none = {.length = 60};
    coven_packet *packet = hold(&room, &none);
    CHECK(coven_context_layout("a:64,b:64", NULL, 0));
    coven_field field = coven_context_field("nowhere"); /* and a line that names a and b */
    EQUAL(field.bits, 0), EQUAL(coven_field_size(field), 0), EQUAL(coven_field_get(packet, field), 0);
    CHECK(!coven_field_set(packet, field, 0));
    coven_context_layout(NULL, NULL, 0);
}
