#include "peer.h"
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "peer [OPTIONS] -- COMMAND ARG...: a stand-in data plane that tests one component\n"
    "  --packets N      send N packets (default 10000)\n"
    "  --sizes A-B      of A to B bytes (default 60-1514)\n"
    "  --mark K         context byte 0 is 1 in every K-th packet, the first one included (default: none)\n"
    "  --outputs A,B    names of the outputs (default out)\n"
    "  --lanes L        inputs, each with its own edges (default 1)\n"
    "  --limit N        of every edge (default 512)     --frames N   in the pool (default 4096)\n"
    "  --block          the component's edges say `block`\n"
    "  --creates        lend frames for packets of the component's own\n"
    "  --modifies       the component may change bytes and lengths\n"
    "  --spin NS        the component's spin_ns\n"
    "  --before REQUEST, --agent REQUEST    ask the agent before or after the traffic; may be repeated\n"
    "  --bench          touch 16 bytes of each packet only, and print ns_per_packet\n"
    "  --hostile SEED   write garbage, --rounds N times (default 20)\n"
    "  --kill           kill -9 under load, --rounds N times, reclaim, then an ordinary run\n"
    "Prints one JSON line. Exit status: 0 everything balances, 1 it does not, 2 wrong use.\n";

static void wrong(const char *what) {
    fprintf(stderr, "peer: %s\n%s", what, usage);
    exit(2);
}

static uint64_t number(const char *text, uint64_t least, uint64_t most) {
    char *end;
    uint64_t value = strtoull(text, &end, 0);
    if (*end || end == text || value < least || value > most) wrong(text);
    return value;
}

static void parse_sizes(options *o, const char *text) {
    if (sscanf(text, "%u-%u", &o->size_min, &o->size_max) != 2 || o->size_min < 14 || o->size_max > 1728 || o->size_min > o->size_max) wrong(text);
}

static void parse_outputs(options *o, char *text) {
    o->outputs = 0;
    for (char *name = strtok(text, ","); name; name = strtok(NULL, ",")) {
        if (o->outputs == OUTPUTS_MAX) wrong("more than 16 outputs");
        o->output[o->outputs++] = name;
    }
    if (!o->outputs) wrong("--outputs names none");
}

static void request(const char **list, unsigned *count, const char *text) {
    if (*count == REQUESTS_MAX) wrong("more than 32 requests");
    list[(*count)++] = text;
}

static const struct option names[] = {
    {"packets", 1, NULL, 'n'}, {"sizes", 1, NULL, 's'}, {"mark", 1, NULL, 'm'}, {"outputs", 1, NULL, 'o'}, {"lanes", 1, NULL, 'l'},
    {"limit", 1, NULL, 'i'}, {"frames", 1, NULL, 'f'}, {"block", 0, NULL, 'b'}, {"creates", 0, NULL, 'c'}, {"modifies", 0, NULL, 'M'},
    {"spin", 1, NULL, 'p'}, {"before", 1, NULL, 'B'}, {"agent", 1, NULL, 'a'}, {"bench", 0, NULL, 'e'}, {"hostile", 1, NULL, 'h'},
    {"kill", 0, NULL, 'k'}, {"rounds", 1, NULL, 'r'}, {0}};

static void apply(options *o, int option, char *value) {
    switch (option) {
    case 'n': o->packets = number(value, 0, 1ull << 40); break;
    case 's': parse_sizes(o, value); break;
    case 'm': o->mark = number(value, 1, UINT32_MAX); break;
    case 'o': parse_outputs(o, value); break;
    case 'l': o->lanes = (unsigned)number(value, 1, LANES_MAX); break;
    case 'i': o->limit = (unsigned)number(value, 1, 65536); break;
    case 'f': o->frames = (unsigned)number(value, 64, 1 << 20); break;
    case 'b': o->block = true; break;
    case 'c': o->creates = true; break;
    case 'M': o->modifies = true; break;
    case 'p': o->spin_ns = (unsigned)number(value, 0, UINT32_MAX); break;
    case 'B': request(o->before, &o->before_count, value); break;
    case 'a': request(o->after, &o->after_count, value); break;
    case 'e': o->bench = true; break;
    case 'h': o->hostile = true, o->seed = number(value, 0, UINT32_MAX); break;
    case 'k': o->kill = true; break;
    case 'r': o->rounds = number(value, 1, 1000000); break;
    default: wrong("what is asked is not clear");
    }
}

int main(int count, char **arguments) {
    static peer p = {.options = {.packets = 10000, .size_min = 60, .size_max = 1514, .outputs = 1, .output = {"out"}, .lanes = 1,
                                 .limit = COVEN_LIMITS_EDGE_LIMIT_DEFAULT, .frames = 4096, .rounds = 20}};
    int option;
    while ((option = getopt_long(count, arguments, "+", names, NULL)) != -1) apply(&p.options, option, optarg);
    if (optind >= count) wrong("the command is missing");
    p.options.command = arguments + optind;
    signal(SIGPIPE, SIG_IGN);
    if (p.options.hostile) return run_hostile(&p);
    make_channel(&p);
    int status = p.options.kill ? run_kill(&p) : run_traffic(&p);
    free_channel(&p);
    return status;
}
