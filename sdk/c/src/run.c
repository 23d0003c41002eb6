/* The run loop of the C SDK. */
#include "channel.h"

static void loop(coven_burst_function function, void *state) {
    coven_packet packets[COVEN_LIMITS_BURST_MAX];
    while (coven_pass()) {
        unsigned count = coven_take(packets, COVEN_LIMITS_BURST_DEFAULT);
        if (!count) {
            coven_wait(-1, -1);
            continue;
        }
        function(packets, count, state);
        coven_finish(packets, count);
    }
}

int coven_run_burst(coven_burst_function function, void *state) {
    char error[256];
    if (coven_attach(error, sizeof error)) {
        fprintf(cvn_log(), "%s: %s\n", coven_component_name(), error);
        return 1;
    }
    coven_ready();
    loop(function, state);
    coven_detach();
    return coven_failed();
}

typedef struct single {
    coven_function function;
    void *state;
} single;

static void each(coven_packet *packets, unsigned count, void *state) {
    const single *one = state;
    for (unsigned i = 0; i < count; i++) packets[i].verdict = one->function(&packets[i], one->state);
}

int coven_run(coven_function function, void *state) {
    single one = {function, state};
    return coven_run_burst(each, &one);
}
