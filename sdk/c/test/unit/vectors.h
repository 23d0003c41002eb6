/* Vectors of spec/vectors/sdk, and as much of a JSON reader as they need: positions in the text, without a copy. */
#ifndef COVEN_TEST_VECTORS_H
#define COVEN_TEST_VECTORS_H
#include "unit.h"

#define BYTES_MAX 2048
typedef struct bytes {
    uint8_t at[BYTES_MAX];
    uint32_t length;
} bytes;

const char *vectors_of(const char *file);               /* the first vector; NULL, and told, if the file can't be read */
const char *next_of(const char *value);                  /* the value behind this one in its array, or NULL */
const char *first_of(const char *array);                 /* NULL if it is empty, or absent */
const char *member(const char *object, const char *key); /* its value, or NULL */
bool is_null(const char *value);
uint64_t number_of(const char *value);                   /* also true, false, and "0x…" */
uint64_t number_in(const char *object, const char *key);
const char *text_of(const char *value);                  /* holds until the fourth call after */
bytes bytes_of(const char *value);                       /* of hex */
/* The test fails, naming the vector. */
void check_vector(bool good, const char *vector, const char *what);

/* A packet of its own, without a channel: `bytes` with room on both sides, and a metadata line. */
typedef struct loose {
    uint8_t meta[COVEN_META_SIZE];
    uint8_t frame[BYTES_MAX * 2];
    coven_packet packet;
} loose;
coven_packet *hold(loose *room, const bytes *content);
#endif
