/* spec/vectors/sdk/nsh.json, in a frame of a channel. */
#include "vectors.h"
#include <coven/nsh.h>

static peer p;
static coven_packet packet;

static void put16(unsigned at, uint16_t value) { memcpy(packet.context - COVEN_META_OFF_CONTEXT + at, &value, 2); }

/* The packet of the channel becomes `frame`, with its NSH `at` and `headroom` bytes to be had in front. */
static void begin(const bytes *frame, uint32_t at, uint32_t length, uint32_t headroom) {
    open_channel(&p, (options){.outputs = 1, .creates = true});
    post_raw(&p, &p.edges[0], frame_descriptor(5, COVEN_LIMITS_HEADROOM_MIN + headroom, frame->length));
    EQUAL(coven_take(&packet, 1), 1);
    memcpy(packet.data, frame->at, frame->length);
    put16(COVEN_META_OFF_FLAGS, COVEN_META_FLAG_NSH);
    put16(COVEN_META_OFF_NSH_OFFSET, (uint16_t)(COVEN_LIMITS_HEADROOM_MIN + headroom + at));
    put16(COVEN_META_OFF_NSH_LENGTH, (uint16_t)length);
}

static void end(void) {
    coven_finish(&packet, 1);
    close_channel(&p);
}

static void check_fields(const char *vector, const coven_nsh *n) {
    const char *fields = member(vector, "fields");
    check_vector(number_in(fields, "spi") == coven_nsh_spi(n) && number_in(fields, "si") == coven_nsh_si(n) && number_in(fields, "ttl") == coven_nsh_ttl(n), vector, "path");
    check_vector(number_in(fields, "oam") == coven_nsh_oam(n) && number_in(fields, "md_type") == coven_nsh_md_type(n), vector, "base");
    check_vector(number_in(fields, "next_protocol") == coven_nsh_next_protocol(n) && number_in(fields, "length") == n->length, vector, "length");
}

static void check_metadata(const char *vector, const coven_nsh *nsh) {
    coven_tlv piece = {.value = NULL};
    const char *wanted = first_of(member(vector, "metadata"));
    for (; coven_nsh_next(nsh, &piece); wanted = next_of(wanted)) {
        check_vector(wanted != NULL, vector, "a piece too many");
        if (!wanted) return;
        const char *md_class = first_of(wanted), *type = next_of(md_class), *value = next_of(type);
        bytes content = bytes_of(value);
        check_vector(number_of(md_class) == piece.md_class && number_of(type) == piece.type && number_of(next_of(value)) == piece.unassigned, vector, "piece");
        check_vector(content.length == piece.length && !memcmp(content.at, piece.value, piece.length), vector, "value");
    }
    check_vector(!wanted, vector, "a piece too few");
}

static bool do_step(const char *step, coven_nsh *nsh) {
    uint16_t md_class = (uint16_t)number_in(step, "class");
    uint8_t type = (uint8_t)number_in(step, "type");
    if (!strcmp(text_of(member(step, "op")), "remove")) return coven_nsh_remove(nsh, md_class, type);
    bytes value = bytes_of(member(step, "value"));
    return coven_nsh_set(nsh, md_class, type, value.at, value.length);
}

static void check_frame(const char *vector) {
    coven_nsh nsh, again;
    bytes frame = bytes_of(member(vector, "frame")), after = bytes_of(member(vector, "output"));
    const char *headroom = member(vector, "headroom");
    begin(&frame, (uint32_t)number_in(vector, "at"), (uint32_t)number_in(member(vector, "fields"), "length"), headroom ? (uint32_t)number_of(headroom) : 256);
    bool there = coven_nsh_of(&packet, &nsh);
    check_vector(there, vector, "nsh");
    if (there) {
        check_fields(vector, &nsh);
        check_metadata(vector, &nsh);
        for (const char *step = first_of(member(vector, "steps")); step; step = next_of(step)) check_vector(do_step(step, &nsh) == number_in(step, "ok"), vector, "ok");
        check_vector(packet.length == after.length && !memcmp(packet.data, after.at, after.length), vector, "output");
        check_vector(coven_nsh_of(&packet, &again) && again.at == nsh.at && again.length == nsh.length && again.inside, vector, "the next one finds it");
    }
    end();
}

static void check_typed(const char *vector) {
    bytes value = bytes_of(member(vector, "value")), written = bytes_of(member(vector, "written"));
    coven_tlv piece = {.length = (uint8_t)value.length, .value = value.at};
    const char *kind = text_of(member(vector, "typed")), *fields = member(vector, "fields");
    uint8_t out[8];
    size_t length = 0;
    coven_forwarding_context context;
    coven_flow_label flow;
    coven_groups groups;
    if (!strcmp(kind, "forwarding_context") && coven_read_forwarding_context(&piece, &context)) {
        const uint32_t got[] = {context.context_type, context.vlan, context.service_vlan, context.customer_vlan, context.mpls_label, context.vni, context.session};
        const char *const names[] = {"context_type", "vlan", "service_vlan", "customer_vlan", "mpls_label", "vni", "session"};
        for (unsigned i = 0; i < 7; i++) check_vector(got[i] == number_of(member(fields, names[i])), vector, names[i]);
        length = coven_write_forwarding_context(&context, out);
    } else if (!strcmp(kind, "flow_id") && coven_read_flow_label(&piece, &flow)) {
        check_vector(flow.context_type == number_in(fields, "context_type") && flow.label == number_in(fields, "label"), vector, "fields");
        length = coven_write_flow_label(&flow, out);
    } else if (!strcmp(kind, "groups") && coven_read_groups(&piece, &groups)) {
        check_vector(groups.source == number_in(fields, "source") && groups.destination == number_in(fields, "destination"), vector, "fields");
        length = coven_write_groups(&groups, out);
    }
    check_vector(length == written.length && !memcmp(out, written.at, length), vector, "written again");
    piece.length = 3;
    check_vector(!coven_read_forwarding_context(&piece, &context) && !coven_read_flow_label(&piece, &flow) && !coven_read_groups(&piece, &groups), vector, "cut short");
}

TEST(nsh_vectors) {
    unsigned count = 0;
    for (const char *vector = vectors_of("nsh.json"); vector; vector = next_of(vector), count++) {
        if (member(vector, "typed")) check_typed(vector);
        else check_frame(vector);
    }
    CHECK(count > 30);
}

static bytes plain(void) {
    bytes frame = {.length = 100, .at = {[12] = 0x89, 0x4F, 0x0F, 0xC4, 2, 3, 0, 0, 1, 255, 0, 0, 5, 4, 1, 2, 3, 4}};
    return frame;
}

TEST(nsh_before_the_packet_is_read_only) {
    coven_nsh nsh;
    coven_tlv piece;
    bytes frame = plain();
    begin(&frame, 14, 16, 100);
    CHECK(coven_grow_front(&packet, -30)); /* as at a proxy */
    CHECK(coven_nsh_of(&packet, &nsh) && !nsh.inside && coven_nsh_spi(&nsh) == 1);
    CHECK(coven_nsh_get(&nsh, 0, 5, &piece) && piece.value[3] == 4);
    CHECK(!coven_nsh_set(&nsh, 0, 5, "1234", 4) && !coven_nsh_remove(&nsh, 0, 5));
    EQUAL(packet.length, 70);
    end();
}

TEST(nsh_that_is_none) {
    coven_nsh nsh;
    bytes frame = plain();
    begin(&frame, 14, 16, 100);
    put16(COVEN_META_OFF_FLAGS, 0);
    CHECK(!coven_nsh_of(&packet, &nsh));
    put16(COVEN_META_OFF_FLAGS, COVEN_META_FLAG_NSH);
    const uint16_t places[][2] = {{0, 0}, {178, 4}, {2040, 16}, {65535, 65535}, {178, 20}};
    for (unsigned i = 0; i < 5; i++) {
        put16(COVEN_META_OFF_NSH_OFFSET, places[i][0]), put16(COVEN_META_OFF_NSH_LENGTH, places[i][1]);
        CHECK(!coven_nsh_of(&packet, &nsh));
    }
    end();
}

TEST(nsh_goes_with_a_copy) {
    coven_packet copy;
    coven_nsh nsh;
    coven_tlv piece;
    bytes frame = plain();
    begin(&frame, 14, 16, 100);
    post_raw(&p, edge_with(&p, COVEN_ROLE_ALLOC, 0), frame_descriptor(9, 320, 0));
    post_raw(&p, edge_with(&p, COVEN_ROLE_ALLOC, 0), frame_descriptor(10, 320, 0));
    CHECK(coven_packet_clone(&copy, &packet));
    CHECK(coven_nsh_of(&copy, &nsh) && coven_nsh_get(&nsh, 0, 5, &piece) && piece.value[0] == 1);
    CHECK(coven_nsh_set(&nsh, 0, 9, "12345678", 8) && coven_nsh_of(&packet, &nsh) && nsh.length == 16);
    coven_send(&copy, 0);
    CHECK(coven_packet_new(&copy, 60, &packet) && !coven_nsh_of(&copy, &nsh));
    coven_send(&copy, COVEN_DROP);
    end();
}
