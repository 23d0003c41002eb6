/* The run loop of the C SDK. */
#include "channel.h"

/* What each component of the process does; of most there is one. */
static struct {
    coven_work *work;
    void *state;
} works[COVEN_LIMITS_SLOTS_MAX];

bool cvn_attaches_alone = true;
static unsigned programs = 1;
static int (*begin_program)(unsigned number);

void coven_group_programs(unsigned count, int (*begin)(unsigned number)) {
    programs = count;
    begin_program = begin;
    cvn_attaches_alone = false;
}

bool coven_group_has_run(unsigned number) { return works[number].work; }

static void loop(void) {
    coven_packet packets[COVEN_LIMITS_BURST_MAX];
    while (coven_pass()) {
        unsigned count = coven_take(packets, COVEN_LIMITS_BURST_DEFAULT);
        if (!count) {
            coven_wait(-1, -1);
            continue;
        }
        unsigned turn = coven_group_turn();
        coven_finish(packets, works[turn].work(packets, count, works[turn].state));
    }
}

int coven_run_work(coven_work *work, void *state) {
    char error[256];
    cvn_attaches_alone = true;
    if (coven_attach(error, sizeof error)) {
        fprintf(cvn_log(), "%s: %s\n", coven_component_name(), error);
        return 1;
    }
    cvn_attaches_alone = programs == 1;
    unsigned next = coven_group_turn() + 1;
    works[next - 1].work = work;
    works[next - 1].state = state;
    if (next < programs) return coven_group_join() ? begin_program(next) : 1;
    coven_ready();
    loop();
    coven_detach();
    return coven_failed();
}

typedef struct single {
    coven_function function;
    coven_burst_function in_bursts;
    void *state;
} single;

static unsigned each(coven_packet *packets, unsigned count, void *state) {
    const single *one = state;
    for (unsigned i = 0; i < count; i++) packets[i].verdict = one->function(&packets[i], one->state);
    return count;
}

static unsigned whole(coven_packet *packets, unsigned count, void *state) {
    const single *one = state;
    one->in_bursts(packets, count, one->state);
    return count;
}

int coven_run(coven_function function, void *state) {
    single one = {.function = function, .state = state};
    return coven_run_work(each, &one);
}

int coven_run_burst(coven_burst_function function, void *state) {
    single one = {.in_bursts = function, .state = state};
    return coven_run_work(whole, &one);
}
