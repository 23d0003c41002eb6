/* What packets hold: bytes, context and metadata that follow from their number. */
#include "peer.h"
#include <string.h>

static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static uint8_t byte_of(uint64_t number, uint32_t at) { return (uint8_t)(number * 31 + at * 7 + (number >> 8)); }

static uint8_t context_of(const peer *p, uint64_t number, unsigned at) {
    if (at == 0) return p->options.mark && number % p->options.mark == 0;
    return (uint8_t)(number + at);
}

static uint8_t *data_of(peer *p, uint32_t index, uint32_t offset) { return p->segment + p->off_pool + (uint64_t)index * p->frame_size + offset; }
static uint8_t *meta_of(peer *p, uint32_t index) { return p->segment + p->off_meta + (uint64_t)index * COVEN_META_SIZE; }

static void fill_meta(peer *p, uint32_t index, uint64_t number) {
    uint8_t line[COVEN_META_SIZE] = {0};
    uint32_t hash = (uint32_t)mix(number % 1024 + 1), path = 10 << 8 | 255;
    uint64_t time = 1700000000000000000u + number;
    memcpy(line + COVEN_META_OFF_FLOW_HASH, &hash, sizeof hash);
    memcpy(line + COVEN_META_OFF_TIME_NS, &time, sizeof time);
    memcpy(line + COVEN_META_OFF_NSH_PATH, &path, sizeof path);
    for (unsigned i = 0; i < COVEN_LIMITS_CONTEXT_BYTES; i++) line[COVEN_META_OFF_CONTEXT + i] = context_of(p, number, i);
    memcpy(meta_of(p, index), line, sizeof line);
}

/* In a benchmark only the first 16 bytes are written, as a card's DMA would cost the processor nothing. */
void fill_packet(peer *p, uint32_t index, uint64_t number, uint8_t lane) {
    frame *f = &p->frames[index];
    f->number = number;
    f->lane = lane;
    f->length = p->options.size_min + (uint32_t)(mix(number) % (p->options.size_max - p->options.size_min + 1));
    uint8_t *data = data_of(p, index, COVEN_LIMITS_DATA_OFFSET_DEFAULT);
    uint32_t filled = p->options.bench && f->length > 16 ? 16 : f->length;
    for (uint32_t i = 0; i < filled; i++) data[i] = byte_of(number, i);
    fill_meta(p, index, number);
}

void check_packet(peer *p, uint32_t index, uint32_t offset, uint32_t length) {
    const frame *f = &p->frames[index];
    const uint8_t *data = data_of(p, index, offset), *context = meta_of(p, index) + COVEN_META_OFF_CONTEXT;
    bool corrupted = length != f->length;
    uint32_t checked = p->options.bench && f->length > 16 ? 16 : f->length;
    for (uint32_t i = 0; !corrupted && i < checked; i++) corrupted = data[i] != byte_of(f->number, i);
    bool changed = false;
    for (unsigned i = 0; i < COVEN_LIMITS_CONTEXT_BYTES; i++) changed |= context[i] != context_of(p, f->number, i);
    p->result.corrupted += corrupted;
    p->result.context_changed += changed;
}
