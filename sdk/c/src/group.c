/* Several components in one process: a fused group (spec/channel.md section 7). Each member keeps slot, rings, agent and items; one is at
 * work at a time. What one sends to another is handed over in memory; the ring between them takes what overflows, and what the
 * engine posts there while the group is dead. */
#include "ring.h"
#include <stdlib.h>

static cvn_member first;
static bool settling;
cvn_member *cvn_me = &first, *cvn_members[COVEN_LIMITS_SLOTS_MAX] = {&first};
unsigned cvn_member_count = 1;

bool coven_group_join(void) {
    if (cvn_member_count == COVEN_LIMITS_SLOTS_MAX) return false;
    cvn_member *next = calloc(1, sizeof *next);
    if (!next) return false;
    next->number = (uint16_t)cvn_member_count;
    next->tag = (uint16_t)(next->number * CVN_LANES);
    cvn_members[cvn_member_count++] = cvn_me = next;
    return true;
}

unsigned coven_group_turn(void) { return cvn_me->number; }
void coven_group_select(unsigned member) { cvn_me = cvn_members[member < cvn_member_count ? member : 0]; }

static cvn_end *input_of(cvn_member *member, const cvn_end *out) {
    cvn_table *table = member->channel.attached && member->channel.slot_number == out->peer_slot ? member->channel.table : NULL;
    for (unsigned i = 0; table && i < table->in_count; i++)
        if (table->in[i]->id == out->id && table->in[i]->ring == out->ring) return table->in[i];
    return NULL;
}

static void link(cvn_end *out) {
    out->inside = NULL;
    for (unsigned i = 0; i < cvn_member_count && !out->inside; i++) {
        out->other = input_of(cvn_members[i], out);
        if (out->other) out->inside = cvn_members[i];
    }
    cvn_mind(out);
}

void cvn_link(void) {
    for (unsigned m = 0; m < cvn_member_count; m++) {
        cvn_table *table = cvn_members[m]->channel.table;
        for (unsigned i = 0; table && i < table->count; i++)
            if (table->ends[i].role == COVEN_ROLE_OUT) link(&table->ends[i]);
    }
}

bool cvn_between(void) {
    for (unsigned m = 0; m < cvn_member_count; m++)
        if (cvn_members[m]->channel.handed_count) return true;
    return false;
}

void cvn_let_settle(bool now) { settling = now; }

/* False: it has to take the ring. What lies there came later than what was handed over, and goes before what comes now. */
bool cvn_hand_on(cvn_end *end, uint64_t descriptor) {
    cvn_channel *to = &end->inside->channel;
    if (settling || to->handed_count == CVN_HANDED_MAX || end->other->closed || end->mine != end->other->mine) return false;
    to->handed[to->handed_count++] = (cvn_handed){descriptor, cvn_me, end};
    cvn.counter[COVEN_COUNTER_PACKETS_OUT]++;
    cvn.counter[COVEN_COUNTER_BYTES_OUT] += cvn_length(descriptor);
    cvn.unshown = true;
    return true;
}

/* The group leaves: what was handed over waits in the ring, as it would have without fusion. */
static void put_back(cvn_handed handed) {
    cvn_me = handed.from;
    if (cvn_room(handed.end, handed.end->limit)) {
        cvn_put(handed.end, handed.descriptor);
    } else {
        cvn_count(COVEN_COUNTER_EDGE_FULL, 1);
        cvn_drop(handed.descriptor, COVEN_REASON_EDGE_FULL);
    }
    cvn_flush();
}

void cvn_spill(void) {
    cvn_member *turn = cvn_me;
    for (unsigned m = 0; m < cvn_member_count; m++) {
        cvn_channel *to = &cvn_members[m]->channel;
        for (unsigned i = 0; i < to->handed_count; i++) put_back(to->handed[i]);
        to->handed_count = 0;
    }
    cvn_me = turn;
}

/* Where its lines go: its own log, if the process's standard error is not its alone. */
FILE *cvn_log(void) {
    const char *path = getenv("COVEN_LOG");
    if (!cvn_me->log && path && *path) {
        cvn_me->log = fopen(path, "ae");
        if (cvn_me->log) setvbuf(cvn_me->log, NULL, _IOLBF, 0);
    }
    return cvn_me->log ? cvn_me->log : stderr;
}
