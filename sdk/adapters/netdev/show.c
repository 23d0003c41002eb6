/* What the extended agent says of a program that has none: its interfaces, its packets, its processes. */
#include "netdev.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROCESSES_MAX 256u

static bool accept_hold(coven_item *item, void *state) {
    (void)state;
    return coven_value(item) >= 1 && coven_value(item) <= 10000;
}
coven_item hold_ms = {.name = "hold_ms", .kind = "setting", .type = "integer", .unit = "ms", .help = "a packet that does not come out of the program within this time counts as dropped",
                      .value = 200, .accept = accept_hold};

static int get_number(void *state, char *json, size_t size) {
    const uint64_t *value = state;
    snprintf(json, size, "%" PRIu64, *value);
    return 0;
}

/* Lives as long as the process, as the agent's registry does. */
static void publish(const char *kind, char *name, const char *unit, const char *help, int (*get)(void *, char *, size_t), void *state) {
    coven_foreign *item = calloc(1, sizeof *item);
    if (!item || !name) return;
    *item = (coven_foreign){.name = name, .kind = kind, .type = "integer", .unit = unit, .help = help, .get = get, .state = state};
    coven_publish_foreign(item);
}

static void count(const char *name, const char *unit, const char *help, uint64_t *value) { publish("counter", strdup(name), unit, help, get_number, value); }

static void show_interface(interface *it) {
    const struct { const char *what, *unit, *help; uint64_t *value; } all[] = {
        {"rx_packets", "packets", "given to the program at this interface", &it->rx_packets},
        {"rx_bytes", "bytes", "given to the program at this interface", &it->rx_bytes},
        {"tx_packets", "packets", "sent by the program at this interface", &it->tx_packets},
        {"tx_bytes", "bytes", "sent by the program at this interface", &it->tx_bytes},
        {"refused", "packets", "not given to the program: the interface was down, or the program too slow for copies", &it->refused},
    };
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s-%s", it->name, all[i].what);
        count(name, all[i].unit, all[i].help, all[i].value);
    }
}

/* ---- The program's processes: those below the first one. ---- */

typedef struct figures { uint64_t processes, cpu_ms, memory_bytes; } figures;

static void add_process(figures *sum, long pid) {
    char file[64];
    unsigned long user = 0, system = 0;
    long pages = 0;
    snprintf(file, sizeof file, "/proc/%ld/stat", pid);
    FILE *stat = fopen(file, "re");
    if (!stat) return;
    bool good = fscanf(stat, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %*u %*u %ld", &user, &system, &pages) == 3;
    fclose(stat);
    if (!good) return;
    sum->processes++;
    sum->cpu_ms += (user + system) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK);
    sum->memory_bytes += (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static unsigned add_children(long of, long *pids, unsigned known) {
    char file[64];
    snprintf(file, sizeof file, "/proc/%ld/task/%ld/children", of, of);
    FILE *children = fopen(file, "re");
    while (children && known < PROCESSES_MAX && fscanf(children, "%ld", &pids[known]) == 1) known++;
    if (children) fclose(children);
    return known;
}

static figures look_at_processes(void) {
    long pids[PROCESSES_MAX];
    figures sum = {0};
    unsigned known = add_children(program_pid(), pids, 0);
    for (unsigned i = 0; i < known; i++) {
        add_process(&sum, pids[i]);
        known = add_children(pids[i], pids, known);
    }
    return sum;
}

static int get_processes(void *state, char *json, size_t size) { return (void)state, snprintf(json, size, "%" PRIu64, look_at_processes().processes), 0; }
static int get_cpu(void *state, char *json, size_t size) { return (void)state, snprintf(json, size, "%" PRIu64, look_at_processes().cpu_ms), 0; }
static int get_memory(void *state, char *json, size_t size) { return (void)state, snprintf(json, size, "%" PRIu64, look_at_processes().memory_bytes), 0; }

static void show_moves(void) {
    count("returned", "packets", "came out of the program, and went on in their frames", &moved.returned);
    count("rewritten", "packets", "of those returned: with other bytes", &moved.rewritten);
    count("made", "packets", "the program's own: what came out and was not what went in", &moved.made);
    count("lost", "packets", "did not come out in time: dropped by the program", &moved.lost);
    count("late", "packets", "of those made: came out after they had been counted as lost", &moved.late);
    coven_publish(&hold_ms);
}

static void show_refused(void) {
    count("nsh_version", "packets", "from the program, dropped: another version of NSH", &nsh_refused.version);
    count("nsh_length", "packets", "from the program, dropped: an NSH whose length is wrong", &nsh_refused.length);
    count("nsh_md_type", "packets", "from the program, dropped: an MD type that is neither 1 nor 2", &nsh_refused.md_type);
    count("nsh_next_protocol", "packets", "from the program, dropped: what the NSH carries is not Ethernet", &nsh_refused.next_protocol);
    count("nsh_truncated", "packets", "from the program, dropped: cut short in or behind the NSH", &nsh_refused.truncated);
}

void show_items(bool tap) {
    for (unsigned i = 0; i < interface_count; i++) show_interface(&interfaces[i]);
    if (tap) count("copied", "packets", "given to the program as copies", &moved.copied);
    else show_moves();
    if (nsh_shown && !tap) show_refused();
    count("unsent", "packets", "sent by the program, but there was no frame, no room in it, or no way", &moved.unsent);
    publish("gauge", strdup("program-processes"), "processes", "of the program", get_processes, NULL);
    publish("counter", strdup("program-cpu_ms"), "ms", "CPU time of the program's processes", get_cpu, NULL);
    publish("gauge", strdup("program-memory_bytes"), "bytes", "resident memory of the program's processes", get_memory, NULL);
}
