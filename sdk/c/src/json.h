/* JSON for the agent: a bounded writer, and readers of the single values that `set` takes. */
#ifndef COVEN_SRC_JSON_H
#define COVEN_SRC_JSON_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

typedef struct json_out {
    char *text;
    size_t length, size;
    bool full; /* something did not fit; what is there is not to be used */
} json_out;

void json_raw(json_out *out, const char *text);
void json_bytes(json_out *out, const char *bytes, size_t length);
void json_string(json_out *out, const char *text); /* quoted; bytes that are no UTF-8 become U+FFFD */
void json_unsigned(json_out *out, uint64_t value);
void json_integer(json_out *out, int64_t value);
void json_number(json_out *out, double value); /* null if it is not finite */

/* True if `text` is one value of that type and nothing else. */
bool json_read_integer(const char *text, int64_t *value);
bool json_read_number(const char *text, double *value);
bool json_read_boolean(const char *text, bool *value);
bool json_read_string(const char *text, char *value, size_t size);

#pragma GCC visibility pop
#endif
