#include "vectors.h"
#include <stdlib.h>

static const char *blank(const char *at) { return at + strspn(at, " \t\r\n"); }

static const char *past_text(const char *at) {
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1]) at++;
    return at + (*at == '"');
}

static const char *past(const char *at) {
    if (*at == '"') return past_text(at);
    if (*at != '{' && *at != '[') return at + strcspn(at, ",]} \r\n");
    unsigned depth = 0;
    do {
        if (*at == '"') {
            at = past_text(at);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    } while (*at && depth);
    return at;
}

const char *first_of(const char *array) {
    const char *at = array && *array == '[' ? blank(array + 1) : NULL;
    return at && *at != ']' ? at : NULL;
}

const char *next_of(const char *value) {
    const char *at = blank(past(value));
    return *at == ',' ? blank(at + 1) : NULL;
}

const char *member(const char *object, const char *key) {
    const char *at = object && *object == '{' ? blank(object + 1) : "";
    while (*at == '"') {
        const char *value = blank(blank(past_text(at)) + 1);
        if (!strncmp(at + 1, key, strlen(key)) && at[1 + strlen(key)] == '"') return value;
        at = next_of(value);
        if (!at) break;
    }
    return NULL;
}

const char *vectors_of(const char *file) {
    static char *held;
    char path[512];
    long size;
    snprintf(path, sizeof path, "%s%s", VECTORS, file);
    FILE *in = fopen(path, "r");
    CHECK(in != NULL);
    if (!in) return NULL;
    fseek(in, 0, SEEK_END), size = ftell(in), rewind(in);
    free(held);
    held = calloc(1, (size_t)size + 1);
    CHECK(fread(held, 1, (size_t)size, in) == (size_t)size);
    fclose(in);
    return first_of(member(blank(held), "vectors"));
}

bool is_null(const char *value) { return !value || !strncmp(value, "null", 4); }

uint64_t number_of(const char *value) {
    if (!value) return 0;
    if (*value == 't' || *value == 'f') return *value == 't';
    return strtoull(value + (*value == '"'), NULL, 0);
}

uint64_t number_in(const char *object, const char *key) {
    const char *value = member(object, key);
    CHECK(value != NULL);
    return number_of(value);
}

const char *text_of(const char *value) {
    static char text[4][4096];
    static unsigned turn;
    char *out = text[turn++ % 4];
    size_t length = value && *value == '"' ? (size_t)(past_text(value) - value) - 2 : 0;
    snprintf(out, sizeof text[0], "%.*s", (int)length, value ? value + 1 : "");
    return out;
}

bytes bytes_of(const char *value) {
    bytes out = {.length = 0};
    const char *hex = value + 1;
    for (unsigned byte; *hex != '"' && sscanf(hex, "%2x", &byte) == 1; hex += 2) out.at[out.length++] = (uint8_t)byte;
    return out;
}

void check_vector(bool good, const char *vector, const char *what) {
    char text[512];
    snprintf(text, sizeof text, "vector \"%s\": %s", text_of(member(vector, "name")), what);
    check(good, text, __FILE__, __LINE__);
}

coven_packet *hold(loose *room, const bytes *content) {
    memset(room->meta, 0, sizeof room->meta);
    memcpy(room->frame + BYTES_MAX / 2, content->at, content->length);
    room->packet = (coven_packet){.data = room->frame + BYTES_MAX / 2, .length = content->length, .context = room->meta + COVEN_META_OFF_CONTEXT};
    return &room->packet;
}
