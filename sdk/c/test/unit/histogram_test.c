#include "../../src/items.h"
#include "unit.h"

static const char *value_of(const char *name) {
    static char text[ITEM_TEXT];
    item_ref item;
    CHECK(item_find(name, &item) && item_get(item, text, sizeof text) == ITEM_OK);
    return text;
}

TEST(histogram_of_bounds) {
    static coven_histogram sizes = {.item = {.name = "sizes", .kind = "histogram", .type = "integer"}, .bound_count = 3, .bounds = {0, 64, 1500}};
    coven_publish_histogram(&sizes);
    const uint64_t values[] = {0, 1, 64, 65, 1500, 1501, 60};
    for (unsigned i = 0; i < 7; i++) coven_record(&sizes, values[i]);
    TEXT(value_of("sizes"), "{\"count\":7,\"sum\":3191,\"buckets\":[[0,1],[64,3],[1500,2]]}");
    item_withdraw(&sizes.item);
}

TEST(histogram_of_powers_of_two) {
    static coven_histogram powers = {.item = {.name = "powers", .kind = "histogram", .type = "integer"}};
    static coven_histogram falling = {.item = {.name = "falling", .kind = "histogram", .type = "integer"}, .bound_count = 2, .bounds = {2, 2}};
    coven_publish_histogram(&powers), coven_publish_histogram(&falling);
    EQUAL(powers.bound_count, 32), EQUAL(falling.bound_count, 32);
    coven_record(&powers, 1), coven_record(&powers, 3), coven_record(&powers, 1ull << 31), coven_record(&powers, (1ull << 31) + 1);
    EQUAL(powers.buckets[0], 1), EQUAL(powers.buckets[1], 0), EQUAL(powers.buckets[2], 1), EQUAL(powers.buckets[31], 1), EQUAL(powers.count, 4);
    CHECK(!strncmp(value_of("powers"), "{\"count\":4,\"sum\":4294967301,\"buckets\":[[1,1],[2,0],[4,1],", 57));
    item_withdraw(&powers.item), item_withdraw(&falling.item);
}
