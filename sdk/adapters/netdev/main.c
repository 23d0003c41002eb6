/* coven-netdev [--tap] [--nsh] [--handlers] [--setup COUNT WORD...] [--command COUNT WORD...]: started by the PPS, never by hand.
 * --nsh: the context stands before each packet. --handlers: the command is Click; its word {control} is the path of a socket that its handlers are asked at.
 * --try: no channel: the command is run among its interfaces to its end, which is ours. */
#include "netdev.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READY_NS (5000 * NS_PER_MS)
#define SETTLED_NS (50 * NS_PER_MS)
#define AWAITED_NS (300 * NS_PER_MS) /* with fewer sockets than interfaces: another may come, on a busy machine not at once */
#define LOOK_MS 10
#define ROOM_USUAL (COVEN_LIMITS_FRAME_SIZE_DEFAULT - COVEN_LIMITS_DATA_OFFSET_DEFAULT)

typedef struct options {
    bool tap, handlers, try;
    words setup, command;
} options;

/* The words that a count announces; they end with NULL, as execvp wants them. */
static words read_words(char **arguments, int left) {
    int count = left > 0 ? atoi(arguments[0]) : 0;
    if (count < 1 || count >= left) return (words){0};
    char **copy = calloc((size_t)count + 1, sizeof *copy);
    if (copy) memcpy(copy, arguments + 1, (size_t)count * sizeof *copy);
    return (words){copy, copy ? count : 0};
}

static bool read_options(int count, char **arguments, options *all) {
    for (int i = 1; i < count; i++) {
        words *list = !strcmp(arguments[i], "--setup") ? &all->setup : !strcmp(arguments[i], "--command") ? &all->command : NULL;
        if (!strcmp(arguments[i], "--tap")) all->tap = true;
        else if (!strcmp(arguments[i], "--nsh")) nsh_shown = true;
        else if (!strcmp(arguments[i], "--handlers")) all->handlers = true;
        else if (!strcmp(arguments[i], "--try")) all->try = true;
        else if (list && (*list = read_words(arguments + i + 1, count - i - 1)).count) i += list->count + 1;
        else return say("%s: no such word; components are started by COVEN", arguments[i]);
    }
    return all->setup.count || all->command.count || say("there is nothing to run");
}

/* Ready: set up, and the program has opened its sockets, a moment ago and no more since. A program without sockets gets five seconds. */
static bool is_ready(const options *all) {
    static unsigned sockets;
    static uint64_t begun, since;
    uint64_t now = now_ns();
    if (!program_is_set_up()) return false;
    if (!all->command.count) return true;
    if (!begun) begun = now;
    unsigned seen = space_sockets(program_pid());
    if (seen != sockets) since = now, sockets = seen;
    if (sockets) return now - since >= (sockets < interface_count ? AWAITED_NS : SETTLED_NS);
    if (now - begun < READY_NS) return false;
    say("the program has opened no socket in five seconds; packets go to it all the same");
    return true;
}

/* False: the component has to stop, or the program has ended before it was ready. */
static bool wait_until_ready(const options *all, bool *ended) {
    while (coven_pass()) {
        if (is_ready(all)) return true;
        if ((*ended = program_has_ended())) return false;
        coven_wait(program_fd(), LOOK_MS);
    }
    return false;
}

/* The control socket stands beside the agent's, and only until it has been connected to. */
static const char *place_control(const options *all) {
    static char path[512];
    const char *agent = getenv("COVEN_AGENT");
    if (!all->handlers) return NULL;
    snprintf(path, sizeof path, "%s.c", agent ? agent : "control");
    unlink(path);
    for (int i = 0; i < all->command.count; i++)
        if (!strcmp(all->command.word[i], "{control}")) all->command.word[i] = path;
    return path;
}

static int try(const options *all) {
    if (!space_enter() || !interfaces_open(ROOM_USUAL) || !program_start(all->setup, all->command)) return 1;
    return program_wait();
}

static int run(const options *all, const char *control) {
    bool ended = false;
    if (wait_until_ready(all, &ended)) {
        if (control) handlers_show(control);
        coven_ready();
        ended = !move_packets(all->tap);
    }
    if (ended) return program_end();
    program_stop(); /* first: once the component says `leaving` it may be killed */
    coven_detach();
    return coven_failed();
}

/* What a frame holds of a packet that nothing was put in front of. */
static uint32_t frame_room(void) {
    size_t size;
    uint32_t frame, offset;
    const uint8_t *header = coven_segment(&size);
    memcpy(&frame, header + COVEN_HEADER_OFF_FRAME_SIZE, sizeof frame);
    memcpy(&offset, header + COVEN_HEADER_OFF_DATA_OFFSET, sizeof offset);
    return frame - offset;
}

int main(int count, char **arguments) {
    options all = {0};
    char error[256];
    if (!read_options(count, arguments, &all)) return 2;
    if (all.try) return try(&all);
    if (coven_attach(error, sizeof error)) return say("%s", error), 1;
    if (!space_enter() || !interfaces_open(frame_room())) return 1;
    holding_open();
    show_items(all.tap);
    const char *control = place_control(&all);
    if (!program_start(all.setup, all.command)) return 1;
    return run(&all, control);
}
