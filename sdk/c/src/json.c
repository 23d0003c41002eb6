#include "json.h"
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void json_bytes(json_out *out, const char *bytes, size_t length) {
    if (out->full || length >= out->size - out->length) {
        out->full = true;
        return;
    }
    memcpy(out->text + out->length, bytes, length);
    out->length += length;
    out->text[out->length] = 0;
}

void json_raw(json_out *out, const char *text) { json_bytes(out, text, strlen(text)); }

/* Bytes of the UTF-8 character at `s` (RFC 3629: no surrogates, nothing overlong), or 0. */
static size_t utf8(const unsigned char *s) {
    if (s[0] < 0x80) return 1;
    size_t length = s[0] >= 0xC2 && s[0] < 0xE0 ? 2 : s[0] >= 0xE0 && s[0] < 0xF0 ? 3 : s[0] >= 0xF0 && s[0] < 0xF5 ? 4 : 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    bool forbidden = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F);
    return forbidden ? 0 : length;
}

static void escape(json_out *out, unsigned char c) {
    char text[8];
    if (c == '"' || c == '\\') snprintf(text, sizeof text, "\\%c", c);
    else if (c == '\n') snprintf(text, sizeof text, "\\n");
    else if (c == '\t') snprintf(text, sizeof text, "\\t");
    else snprintf(text, sizeof text, "\\u%04x", c);
    json_raw(out, text);
}

void json_string(json_out *out, const char *text) {
    json_raw(out, "\"");
    while (*text) {
        size_t length = utf8((const unsigned char *)text);
        unsigned char c = (unsigned char)*text;
        if (!length) json_raw(out, "\\ufffd");
        else if (c < 0x20 || c == 0x7F || c == '"' || c == '\\') escape(out, c);
        else json_bytes(out, text, length);
        text += length ? length : 1;
    }
    json_raw(out, "\"");
}

void json_unsigned(json_out *out, uint64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    json_raw(out, text);
}

void json_integer(json_out *out, int64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    json_raw(out, text);
}

/* An author who calls setlocale must not turn decimal points into commas. */
static locale_t plain(void) {
    static locale_t locale;
    if (!locale) locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    return locale;
}

void json_number(json_out *out, double value) {
    char text[40];
    if (!isfinite(value)) {
        json_raw(out, "null");
        return;
    }
    locale_t before = uselocale(plain());
    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) != value) snprintf(text, sizeof text, "%.17g", value); /* the shorter form, where it says the same */
    uselocale(before);
    json_raw(out, text);
}

/* The end of a JSON number (RFC 8259 section 6), or NULL; `whole` if it has neither fraction nor exponent. */
static const char *number_end(const char *s, bool *whole) {
    s += *s == '-';
    if (*s < '0' || *s > '9') return NULL;
    s += *s == '0' ? 1 : strspn(s, "0123456789");
    *whole = *s != '.' && *s != 'e' && *s != 'E';
    if (*s == '.') {
        size_t digits = strspn(++s, "0123456789");
        if (!digits) return NULL;
        s += digits;
    }
    if (*s == 'e' || *s == 'E') {
        s++;
        s += *s == '+' || *s == '-';
        size_t digits = strspn(s, "0123456789");
        if (!digits) return NULL;
        s += digits;
    }
    return s;
}

bool json_read_integer(const char *text, int64_t *value) {
    bool whole;
    const char *end = number_end(text, &whole);
    if (!end || *end || !whole) return false;
    errno = 0;
    *value = strtoll(text, NULL, 10);
    return errno == 0;
}

bool json_read_number(const char *text, double *value) {
    bool whole;
    const char *end = number_end(text, &whole);
    if (!end || *end) return false;
    locale_t before = uselocale(plain());
    *value = strtod(text, NULL);
    uselocale(before);
    return isfinite(*value);
}

bool json_read_boolean(const char *text, bool *value) {
    *value = !strcmp(text, "true");
    return *value || !strcmp(text, "false");
}

static bool hex4(const char *s, unsigned *code) {
    *code = 0;
    for (unsigned i = 0; i < 4; i++) {
        char c = s[i];
        unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : 16;
        if (digit > 15) return false;
        *code = *code << 4 | digit;
    }
    return true;
}

static size_t put_utf8(char *to, unsigned code) {
    if (code < 0x80) return to[0] = (char)code, 1;
    if (code < 0x800) return to[0] = (char)(0xC0 | code >> 6), to[1] = (char)(0x80 | (code & 0x3F)), 2;
    if (code < 0x10000) return to[0] = (char)(0xE0 | code >> 12), to[1] = (char)(0x80 | (code >> 6 & 0x3F)), to[2] = (char)(0x80 | (code & 0x3F)), 3;
    return to[0] = (char)(0xF0 | code >> 18), to[1] = (char)(0x80 | (code >> 12 & 0x3F)), to[2] = (char)(0x80 | (code >> 6 & 0x3F)),
           to[3] = (char)(0x80 | (code & 0x3F)), 4;
}

/* `\uXXXX`, a pair of them where the first is a high surrogate. Returns what it read, 0 if it is wrong (or NUL, which C strings can't hold). */
static size_t unicode(const char *s, char *to, size_t *made) {
    unsigned code, low;
    if (!hex4(s + 1, &code) || !code || (code >= 0xDC00 && code < 0xE000)) return 0;
    size_t read = 5;
    if (code >= 0xD800 && code < 0xDC00) {
        if (s[5] != '\\' || s[6] != 'u' || !hex4(s + 7, &low) || low < 0xDC00 || low > 0xDFFF) return 0;
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        read = 11;
    }
    *made = put_utf8(to, code);
    return read;
}

/* One escape after its backslash. */
static size_t unescape(const char *s, char *to, size_t *made) {
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    if (*s == 'u') return unicode(s, to, made);
    const char *found = *s ? strchr(from, *s) : NULL;
    if (!found) return 0;
    *to = into[found - from];
    *made = 1;
    return 1;
}

bool json_read_string(const char *text, char *value, size_t size) {
    size_t length = 0;
    if (*text++ != '"') return false;
    while (*text != '"') {
        char made[4];
        size_t count = utf8((const unsigned char *)text), read = count;
        if (!count || (unsigned char)*text < 0x20) return false;
        memcpy(made, text, count);
        if (*text == '\\') {
            read = unescape(text + 1, made, &count);
            if (!read++) return false;
        }
        if (length + count >= size) return false;
        memcpy(value + length, made, count);
        length += count;
        text += read;
    }
    value[length] = 0;
    return !text[1];
}
