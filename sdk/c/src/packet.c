/* What authors do with a packet: its metadata, its length, and packets of their own. */
#include "ring.h"
#include <string.h>

static uint8_t *meta_of(const coven_packet *packet) { return packet->context - COVEN_META_OFF_CONTEXT; }

uint32_t coven_flow_hash(const coven_packet *packet) {
    uint32_t value;
    memcpy(&value, meta_of(packet) + COVEN_META_OFF_FLOW_HASH, sizeof value);
    return value;
}

uint64_t coven_time_ns(const coven_packet *packet) {
    uint64_t value;
    memcpy(&value, meta_of(packet) + COVEN_META_OFF_TIME_NS, sizeof value);
    return value;
}

uint32_t *coven_mark(const coven_packet *packet) { return (uint32_t *)(void *)(meta_of(packet) + COVEN_META_OFF_MARK); }

uint32_t coven_service_path(const coven_packet *packet) {
    uint32_t value;
    memcpy(&value, meta_of(packet) + COVEN_META_OFF_NSH_PATH, sizeof value);
    return value;
}

static void place(coven_packet *packet, uint32_t offset, uint32_t length) {
    packet->data += (int64_t)offset - cvn_offset(packet->descriptor);
    packet->length = length;
    packet->descriptor = cvn_place(packet->descriptor, offset, length);
}

/* Offset and length have 16 bits each; so a frame of 65,536 bytes is never used to its last byte. */
static bool resize(coven_packet *packet, int64_t offset, int64_t length) {
    if (offset < COVEN_LIMITS_HEADROOM_MIN || offset > UINT16_MAX || length < 0 || length > UINT16_MAX || offset + length > cvn.frame_size) return false;
    place(packet, (uint32_t)offset, (uint32_t)length);
    return true;
}

/* Where a checksum that is left to the card starts, counted from the first byte. */
static void move_offload(coven_packet *packet, int32_t bytes) {
    uint16_t flags, start;
    uint8_t *meta = meta_of(packet);
    memcpy(&flags, meta + COVEN_META_OFF_FLAGS, sizeof flags);
    if (cvn_likely(!(flags & COVEN_META_FLAG_CSUM_PARTIAL))) return;
    memcpy(&start, meta + COVEN_META_OFF_CSUM_START, sizeof start);
    start = (uint16_t)(start + bytes);
    memcpy(meta + COVEN_META_OFF_CSUM_START, &start, sizeof start);
}

void coven_leave_checksum(coven_packet *packet, uint16_t start, uint16_t offset) {
    uint16_t flags;
    uint8_t *meta = meta_of(packet);
    memcpy(&flags, meta + COVEN_META_OFF_FLAGS, sizeof flags);
    flags |= COVEN_META_FLAG_CSUM_PARTIAL;
    memcpy(meta + COVEN_META_OFF_FLAGS, &flags, sizeof flags);
    memcpy(meta + COVEN_META_OFF_CSUM_START, &start, sizeof start);
    memcpy(meta + COVEN_META_OFF_CSUM_OFFSET, &offset, sizeof offset);
}

bool coven_grow_front(coven_packet *packet, int32_t bytes) {
    if (!resize(packet, (int64_t)cvn_offset(packet->descriptor) - bytes, (int64_t)cvn_length(packet->descriptor) + bytes)) return false;
    move_offload(packet, bytes);
    return true;
}

bool coven_grow_back(coven_packet *packet, int32_t bytes) {
    return resize(packet, cvn_offset(packet->descriptor), (int64_t)cvn_length(packet->descriptor) + bytes);
}

static uint16_t default_lane(void) {
    for (unsigned i = 0; i < cvn.table->count; i++)
        if (cvn.table->ends[i].role == COVEN_ROLE_OUT) return cvn.table->ends[i].lane;
    return 0;
}

/* The place of an NSH that lies in the packet goes with a copy of it; nothing else does. */
static void place_nsh(coven_packet *packet, const coven_packet *original) {
    uint16_t at = 0, length = 0;
    if (original) {
        memcpy(&at, meta_of(original) + COVEN_META_OFF_NSH_OFFSET, sizeof at);
        memcpy(&length, meta_of(original) + COVEN_META_OFF_NSH_LENGTH, sizeof length);
        uint32_t first = cvn_offset(original->descriptor);
        bool inside = at >= first && at + length <= first + original->length;
        at = inside ? (uint16_t)(at - first + cvn_offset(packet->descriptor)) : 0;
        length = inside ? length : 0;
    }
    memcpy(meta_of(packet) + COVEN_META_OFF_NSH_OFFSET, &at, sizeof at);
    memcpy(meta_of(packet) + COVEN_META_OFF_NSH_LENGTH, &length, sizeof length);
}

/* The line of `like`, or zeroes, but marked as made here. */
static void fill_meta(coven_packet *packet, const coven_packet *like) {
    uint8_t *to = meta_of(packet);
    uint16_t flags;
    if (like) memcpy(to, meta_of(like), COVEN_META_SIZE);
    else memset(to, 0, COVEN_META_SIZE);
    memcpy(&flags, to + COVEN_META_OFF_FLAGS, sizeof flags);
    flags |= COVEN_META_FLAG_CREATED;
    memcpy(to + COVEN_META_OFF_FLAGS, &flags, sizeof flags);
}

/* A frame from the alloc ring, whatever is wrong with the ones before it. */
static bool take_frame(uint64_t *frame) {
    cvn_end *alloc = cvn.table->alloc;
    while (alloc && cvn_ready(alloc, 1)) {
        *frame = cvn_peek(alloc, 0);
        cvn_consume(alloc, 1);
        if (cvn_good(*frame)) return true;
        cvn_count(COVEN_COUNTER_BAD_DESCRIPTORS, 1);
        cvn_error(COVEN_ERROR_BAD_DESCRIPTOR, alloc->id);
    }
    cvn_count(COVEN_COUNTER_ALLOC_FAILED, 1);
    return false;
}

static bool make(coven_packet *packet, uint32_t length, const coven_packet *like) {
    uint64_t frame;
    uint32_t room = cvn.frame_size - COVEN_LIMITS_HEADROOM_MIN;
    if (length > room || length > UINT16_MAX || !take_frame(&frame)) return false;
    uint32_t offset = cvn_offset(frame);
    if (offset + length > cvn.frame_size) offset = cvn.frame_size - length;
    *packet = (coven_packet){
        .data = cvn.pool + (size_t)cvn_index(frame) * cvn.frame_size + offset, .length = length, .lane = (uint16_t)((like ? like->lane & (CVN_LANES - 1) : default_lane()) | cvn_me->tag),
        .context = cvn.meta + (size_t)cvn_index(frame) * COVEN_META_SIZE + COVEN_META_OFF_CONTEXT, .descriptor = cvn_place(frame, offset, length)};
    fill_meta(packet, like);
    return true;
}

bool coven_packet_new(coven_packet *packet, uint32_t length, const coven_packet *like) {
    if (!make(packet, length, like)) return false;
    memset(packet->context, 0, COVEN_LIMITS_CONTEXT_BYTES);
    place_nsh(packet, NULL);
    return true;
}

bool coven_packet_clone(coven_packet *copy, const coven_packet *original) {
    if (!make(copy, original->length, original)) return false;
    memcpy(copy->data, original->data, original->length);
    place_nsh(copy, original);
    return true;
}

/* Visible with the burst that is being worked on, or with the next pass. It is whose it was made by, whoever is at work now. */
void coven_send(coven_packet *packet, coven_verdict output) {
    cvn_member *turn = cvn_me;
    coven_group_select(packet->lane / CVN_LANES);
    cvn_forward(packet, output);
    cvn_me = turn;
}
