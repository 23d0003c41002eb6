/* A test is a function; it registers itself, and the program runs all of them. */
#ifndef COVEN_TEST_UNIT_H
#define COVEN_TEST_UNIT_H
#include "../../src/ring.h"
#include "../peer/peer.h"
#include <stdio.h>
#include <string.h>

typedef struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
} test;

void add_test(test *one);
void check(bool good, const char *text, const char *file, int line);
void check_equal(uint64_t got, uint64_t wanted, const char *text, const char *file, int line);
void check_text(const char *got, const char *wanted, const char *file, int line);

#define TEST(function)                                                                  \
    static void function(void);                                                         \
    static test function##_test = {#function, function, NULL};                          \
    __attribute__((constructor)) static void function##_add(void) { add_test(&function##_test); } \
    static void function(void)
#define CHECK(condition) check(condition, #condition, __FILE__, __LINE__)
#define EQUAL(got, wanted) check_equal((uint64_t)(got), (uint64_t)(wanted), #got, __FILE__, __LINE__)
#define TEXT(got, wanted) check_text(got, wanted, __FILE__, __LINE__)

/* A channel whose data plane and component are both this process. */
void open_channel(peer *p, options chosen); /* made and attached */
void make_environment(peer *p, options chosen); /* made only */
void close_channel(peer *p);
edge *edge_with(peer *p, uint8_t role, unsigned nth);
uint8_t *entry_of(peer *p, uint32_t epoch, unsigned at); /* 48 bytes of an edge table */
void order_epoch(peer *p, uint32_t epoch);
uint64_t frame_descriptor(uint32_t index, uint32_t offset, uint32_t length);
void post_raw(peer *p, edge *e, uint64_t descriptor); /* as the data plane, without its ledger */
unsigned fill_of(peer *p, edge *e);
uint64_t newest(peer *p, edge *e); /* the descriptor before the shared head */
uint32_t shared(peer *p, uint32_t slot_offset);
uint64_t shared_counter(peer *p, unsigned counter);
#endif
