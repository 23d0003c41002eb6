/* One JSON line, and whether everything balances. */
#include "peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

static const char *reason_name(unsigned reason) {
    static const char *const names[REASONS] = {
#define NAME(value, text) [value] = text,
        COVEN_REASON_NAMES(NAME)
#undef NAME
    };
    return names[reason] ? names[reason] : "unknown";
}

static void counts(const char *name, const uint64_t *values, unsigned size, const char *(*label)(const peer *, unsigned), const peer *p) {
    const char *comma = "";
    printf(",\"%s\":{", name);
    for (unsigned i = 0; i < size; i++) {
        if (!values[i]) continue;
        printf("%s\"%s\":%llu", comma, label(p, i), (unsigned long long)values[i]);
        comma = ",";
    }
    printf("}");
}

static const char *output_label(const peer *p, unsigned i) { return p->options.output[i]; }
static const char *reason_label(const peer *p, unsigned i) { return (void)p, reason_name(i); }

static uint64_t sum(const uint64_t *values, unsigned size) {
    uint64_t total = 0;
    for (unsigned i = 0; i < size; i++) total += values[i];
    return total;
}

static bool balances(const peer *p) {
    const result *r = &p->result;
    bool content = p->options.modifies || r->corrupted == 0;
    bool left = r->exited && WIFEXITED(r->exit_status) && WEXITSTATUS(r->exit_status) == 0 && !r->timed_out;
    bool exact = r->sent == p->options.packets && p->home_count == p->frame_count
              && r->sent + r->created == sum(r->returned, OUTPUTS_MAX) + sum(r->dropped, REASONS);
    return left && content && exact && !r->out_of_order && !r->wrong_lane && !r->bad_frame;
}

static void field(const char *name, uint64_t value) { printf(",\"%s\":%llu", name, (unsigned long long)value); }

static void print_counters(peer *p) {
    static const char *const names[] = {
#define NAME(value, text) [value] = text,
        COVEN_COUNTER_NAMES(NAME)
#undef NAME
    };
    printf(",\"counters\":{");
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        printf("%s\"%s\":%llu", i ? "," : "", names[i],
               (unsigned long long)atomic_load(at64(p, p->off_slots + COMPONENT_SLOT * COVEN_CHANNEL_PAGE + COVEN_SLOT_OFF_COUNTERS) + i));
    printf("}");
}

int report(peer *p) {
    result *r = &p->result;
    bool good = balances(p);
    printf("{\"balanced\":%s,\"sent\":%llu", good ? "true" : "false", (unsigned long long)r->sent);
    field("created", r->created);
    counts("returned", r->returned, p->options.outputs, output_label, p);
    counts("dropped", r->dropped, REASONS, reason_label, p);
    field("context_changed", r->context_changed);
    field("corrupted", r->corrupted);
    field("out_of_order", r->out_of_order);
    field("wrong_lane", r->wrong_lane);
    field("bad_frame", r->bad_frame);
    field("home", p->home_count);
    field("total", p->frame_count);
    if (r->exited && WIFEXITED(r->exit_status)) field("exit", (uint64_t)WEXITSTATUS(r->exit_status));
    else if (r->exited) field("signal", (uint64_t)WTERMSIG(r->exit_status));
    printf(",\"hung\":%s", r->timed_out ? "true" : "false");
    if (p->options.bench) printf(",\"ns_per_packet\":%.1f", (double)r->nanoseconds / (double)(r->sent ? r->sent : 1));
    print_counters(p);
    printf(",\"agent\":[");
    for (unsigned i = 0; i < r->agent_count; i++) {
        printf("%s%s", i ? "," : "", r->agent[i]);
        free(r->agent[i]);
    }
    printf("]}\n");
    return good ? 0 : 1;
}
