/* Packets in hand: those of the burst in rows 0 to 63, the author's own in rows 64 to 127. */
#include "glue.h"

uint32_t burst_table[ROWS * ROW_WORDS];
static coven_packet packets[ROWS];
static bool owned[ROWS_OWN];
static unsigned held;
static uint8_t *base;

void burst_open(uint8_t *segment) { base = segment; }

static bool in_hand(uint32_t row) { return row < held || (row >= ROWS_BURST && row < ROWS && owned[row - ROWS_BURST]); }

static void show(uint32_t row) {
    uint32_t *words = &burst_table[row * ROW_WORDS];
    words[ROW_AT] = (uint32_t)(packets[row].data - base);
    words[ROW_LENGTH] = packets[row].length;
    words[ROW_CONTEXT] = (uint32_t)(packets[row].context - base);
}

int burst_take(void) {
    held = coven_take(packets, ROWS_BURST);
    for (unsigned i = 0; i < held; i++) {
        show(i);
        burst_table[i * ROW_WORDS + ROW_VERDICT] = COVEN_FORWARD;
    }
    return (int)held;
}

void burst_settle(void) {
    unsigned kept = 0;
    for (unsigned i = 0; i < held; i++) {
        uint32_t verdict = burst_table[i * ROW_WORDS + ROW_VERDICT];
        if (verdict == VERDICT_FAILED) {
            coven_fail(&packets[i], 1);
            continue;
        }
        packets[i].verdict = (coven_verdict)verdict;
        if (kept != i) packets[kept] = packets[i];
        kept++;
    }
    held = 0;
    coven_finish(packets, kept);
}

void burst_abandon(void) {
    for (unsigned i = 0; i < held; i++) packets[i].verdict = COVEN_DROP;
    coven_finish(packets, held);
    held = 0;
    for (uint32_t row = ROWS_BURST; row < ROWS; row++) burst_send(row, COVEN_DROP);
}

bool burst_grow(uint32_t row, bool front, int32_t bytes) {
    if (!in_hand(row)) return false;
    if (!(front ? coven_grow_front : coven_grow_back)(&packets[row], bytes)) return false;
    show(row);
    return true;
}

bool burst_report(uint32_t row, const char *what) { return in_hand(row) && coven_report_failure(&packets[row], what); }

static uint32_t free_row(void) {
    uint32_t row = ROWS_BURST;
    while (row < ROWS && owned[row - ROWS_BURST]) row++;
    return row;
}

static int adopt(uint32_t row) {
    owned[row - ROWS_BURST] = true;
    show(row);
    return (int)row;
}

int burst_create(uint32_t length, uint32_t like) {
    uint32_t row = free_row();
    if (row == ROWS || (like != NO_ROW && !in_hand(like))) return -1;
    if (!coven_packet_new(&packets[row], length, like == NO_ROW ? NULL : &packets[like])) return -1;
    return adopt(row);
}

int burst_clone(uint32_t original) {
    uint32_t row = free_row();
    if (row == ROWS || !in_hand(original) || !coven_packet_clone(&packets[row], &packets[original])) return -1;
    return adopt(row);
}

bool burst_send(uint32_t row, coven_verdict output) {
    if (row < ROWS_BURST || !in_hand(row)) return false;
    owned[row - ROWS_BURST] = false;
    coven_send(&packets[row], output);
    loop_wake();
    return true;
}
