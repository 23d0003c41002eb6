/* NSH and its metadata (RFC 8300 section 2). Everything is checked against the frame; what is read by is copied first. */
#include "ring.h"
#include <coven/nsh.h>

enum { BASE = 8, TLV = 4, HEADER_MAX = 252, VALUE_MAX = 127 };

static uint8_t *meta_of(const coven_packet *packet) { return packet->context - COVEN_META_OFF_CONTEXT; }

static uint16_t meta16(const coven_packet *packet, unsigned at) {
    uint16_t value;
    memcpy(&value, meta_of(packet) + at, sizeof value);
    return value;
}

static void put_meta16(const coven_packet *packet, unsigned at, uint16_t value) { memcpy(meta_of(packet) + at, &value, sizeof value); }

bool coven_nsh_of(coven_packet *packet, coven_nsh *nsh) {
    if (!(meta16(packet, COVEN_META_OFF_FLAGS) & COVEN_META_FLAG_NSH)) return false;
    uint32_t offset = meta16(packet, COVEN_META_OFF_NSH_OFFSET), length = meta16(packet, COVEN_META_OFF_NSH_LENGTH);
    uint32_t first = cvn_offset(packet->descriptor);
    if (length < BASE || offset + length > cvn.frame_size) return false;
    uint8_t *at = packet->data - first + offset;
    if ((at[1] & 63u) * 4 != length) return false;
    *nsh = (coven_nsh){packet, at, length, offset >= first && offset + length <= first + packet->length};
    return true;
}

static uint32_t rounded(uint32_t length) { return (length + 3) & ~3u; }

bool coven_nsh_next(const coven_nsh *nsh, coven_tlv *piece) {
    if (coven_nsh_md_type(nsh) != 2) return false;
    uint8_t *at = piece->value ? piece->value + rounded(piece->length) : nsh->at + BASE;
    uint32_t left = (uint32_t)(nsh->at + nsh->length - at);
    if (left < TLV) return false;
    uint8_t last = at[3];
    if (left < TLV + rounded(last & VALUE_MAX)) return false;
    *piece = (coven_tlv){coven_load16_(at), at[2], last & VALUE_MAX, last >> 7, at + TLV};
    return true;
}

bool coven_nsh_get(const coven_nsh *nsh, uint16_t md_class, uint8_t type, coven_tlv *piece) {
    *piece = (coven_tlv){.value = NULL};
    while (coven_nsh_next(nsh, piece))
        if (piece->md_class == md_class && piece->type == type) return true;
    return false;
}

/* MD type 2 inside the packet, and pieces up to its very end. */
static bool may_change(const coven_nsh *nsh) {
    coven_tlv piece = {.value = NULL};
    uint8_t *end = nsh->at + BASE;
    if (!nsh->inside || coven_nsh_md_type(nsh) != 2) return false;
    while (coven_nsh_next(nsh, &piece)) end = piece.value + rounded(piece.length);
    return end == nsh->at + nsh->length;
}

/* Bytes that begin `at` from the header's first byte, `before` of them, become `after`: what stands in front moves, what follows does not. */
static bool resize(coven_nsh *nsh, uint32_t at, uint32_t before, uint32_t after) {
    coven_packet *packet = nsh->packet;
    int32_t more = (int32_t)after - (int32_t)before;
    uint8_t *first = packet->data;
    size_t front = (size_t)(nsh->at - first) + at;
    if (more > 0 && ((uint32_t)more + nsh->length > HEADER_MAX || !coven_grow_front(packet, more))) return false;
    memmove(first - more, first, front);
    if (more < 0) coven_grow_front(packet, more);
    nsh->at -= more;
    nsh->length = (uint32_t)((int32_t)nsh->length + more);
    nsh->at[1] = (uint8_t)((nsh->at[1] & 0xC0u) | nsh->length / 4);
    put_meta16(packet, COVEN_META_OFF_NSH_OFFSET, (uint16_t)(meta16(packet, COVEN_META_OFF_NSH_OFFSET) - more));
    put_meta16(packet, COVEN_META_OFF_NSH_LENGTH, (uint16_t)nsh->length);
    return true;
}

static uint32_t size_of(const coven_tlv *piece) { return TLV + rounded(piece->length); }

bool coven_nsh_set(coven_nsh *nsh, uint16_t md_class, uint8_t type, const void *value, size_t length) {
    uint8_t made[TLV + VALUE_MAX + 1] = {(uint8_t)(md_class >> 8), (uint8_t)md_class, type, (uint8_t)length};
    coven_tlv piece;
    if (length > VALUE_MAX || !may_change(nsh)) return false;
    if (length) memcpy(made + TLV, value, length); /* now, for it may lie in this packet */
    bool there = coven_nsh_get(nsh, md_class, type, &piece);
    uint32_t at = there ? (uint32_t)(piece.value - TLV - nsh->at) : nsh->length, size = TLV + rounded((uint32_t)length);
    if (!resize(nsh, at, there ? size_of(&piece) : 0, size)) return false;
    memcpy(nsh->at + at, made, size);
    return true;
}

bool coven_nsh_remove(coven_nsh *nsh, uint16_t md_class, uint8_t type) {
    coven_tlv piece;
    if (!may_change(nsh) || !coven_nsh_get(nsh, md_class, type, &piece)) return false;
    return resize(nsh, (uint32_t)(piece.value - TLV - nsh->at), size_of(&piece), 0);
}

/* ---- typed values ---- */

enum { CT_VLAN, CT_TWO_TAGS, CT_MPLS, CT_VNI, CT_SESSION };

bool coven_read_forwarding_context(const coven_tlv *piece, coven_forwarding_context *fields) {
    if (piece->length < 4) return false;
    uint32_t word = coven_load32_(piece->value);
    *fields = (coven_forwarding_context){.context_type = (uint8_t)(word >> 28)};
    switch (fields->context_type) {
    case CT_VLAN: fields->vlan = word & 0xFFF; return true;
    case CT_TWO_TAGS: fields->service_vlan = word >> 12 & 0xFFF, fields->customer_vlan = word & 0xFFF; return true;
    case CT_MPLS: fields->mpls_label = word & 0xFFFFF; return true;
    case CT_VNI: fields->vni = word & 0xFFFFFF; return true;
    case CT_SESSION:
        if (piece->length < 8) return false;
        fields->session = coven_load32_(piece->value + 4);
        return true;
    default: return false;
    }
}

size_t coven_write_forwarding_context(const coven_forwarding_context *f, uint8_t value[8]) {
    const uint32_t words[] = {f->vlan & 0xFFFu, (f->service_vlan & 0xFFFu) << 12 | (f->customer_vlan & 0xFFFu), f->mpls_label & 0xFFFFF, f->vni & 0xFFFFFF, 0};
    if (f->context_type > CT_SESSION) return 0;
    coven_store32_(value, (uint32_t)f->context_type << 28 | words[f->context_type]);
    if (f->context_type != CT_SESSION) return 4;
    coven_store32_(value + 4, f->session);
    return 8;
}

bool coven_read_flow_label(const coven_tlv *piece, coven_flow_label *fields) {
    if (piece->length < 4 || piece->value[0] >> 4 > 1) return false;
    *fields = (coven_flow_label){(uint8_t)(piece->value[0] >> 4), coven_load32_(piece->value) & 0xFFFFF};
    return true;
}

size_t coven_write_flow_label(const coven_flow_label *f, uint8_t value[4]) {
    if (f->context_type > 1) return 0;
    coven_store32_(value, (uint32_t)f->context_type << 28 | (f->label & 0xFFFFF));
    return 4;
}

bool coven_read_groups(const coven_tlv *piece, coven_groups *fields) {
    if (piece->length < 8) return false;
    *fields = (coven_groups){coven_load32_(piece->value), coven_load32_(piece->value + 4)};
    return true;
}

size_t coven_write_groups(const coven_groups *f, uint8_t value[8]) {
    coven_store32_(value, f->source);
    coven_store32_(value + 4, f->destination);
    return 8;
}
