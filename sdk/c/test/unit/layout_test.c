#include "unit.h"

_Static_assert(COVEN_DESCRIPTOR_INDEX_BITS == 22 && COVEN_DESCRIPTOR_MORE_BIT == 22, "spec/channel.md section 5");
_Static_assert(COVEN_DESCRIPTOR_GENERATION_SHIFT == 24 && COVEN_DESCRIPTOR_OFFSET_SHIFT == 32 && COVEN_DESCRIPTOR_LENGTH_SHIFT == 48, "section 5");
_Static_assert(COVEN_DESCRIPTOR_MARKER_INDEX == 0x3FFFFF && CVN_INDEX_MASK == 0x3FFFFF, "section 5");
_Static_assert(COVEN_LIMITS_FRAMES_MAX == COVEN_DESCRIPTOR_MARKER_INDEX, "no frame has the index of a marker");
_Static_assert(COVEN_OWNER_GENERATION_SHIFT == 32 && COVEN_OWNER_EDGE_SHIFT == 40, "section 6");
_Static_assert(COVEN_META_SIZE == 64 && COVEN_META_OFF_CONTEXT + COVEN_LIMITS_CONTEXT_BYTES == 48, "section 8");
_Static_assert(COVEN_RING_OFF_TAIL - COVEN_RING_OFF_HEAD >= 128 && COVEN_RING_OFF_SLOTS - COVEN_RING_OFF_TAIL >= 128, "a line for each writer");
_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2, "shared words need atomics without locks");
_Static_assert(sizeof(_Atomic uint32_t) == 4 && sizeof(_Atomic uint64_t) == 8, "shared words are plain words");

TEST(descriptor_parts) {
    uint64_t d = 0x1234567812ABCDEFull;
    EQUAL(cvn_index(d), 0x2BCDEF);
    EQUAL(cvn_offset(d), 0x5678);
    EQUAL(cvn_length(d), 0x1234);
    EQUAL(cvn_place(d, 0x40, 0x99), 0x0099004012ABCDEFull);
}

TEST(magic_is_ascii) {
    uint64_t magic = COVEN_CHANNEL_MAGIC;
    CHECK(!memcmp(&magic, "COVENCH1", 8));
}
