/* coven-memif server|client FOLDER [--nsh] [COMMAND WORD...]: started by the PPS, never by hand. --nsh: the context stands before each packet. Without a command the program is the operator's,
 * who starts and ends it when he likes. In the words {folder} stands for FOLDER. */
#include "memif.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READY_NS (5000 * NS_PER_MS)
#define LOOK_MS 2
#define WORD_MAX 1024u

/* Each {folder} of the words. */
static bool fill_in(words all, const char *folder) {
    for (int i = 0; i < all.count; i++) {
        char *found = strstr(all.word[i], "{folder}");
        if (!found) continue;
        char *filled = malloc(WORD_MAX);
        int length = filled ? snprintf(filled, WORD_MAX, "%.*s%s%s", (int)(found - all.word[i]), all.word[i], folder, found + strlen("{folder}")) : -1;
        if (length < 0 || (unsigned)length >= WORD_MAX) return say("a word of the command is too long");
        all.word[i] = filled;
    }
    return true;
}

/* The program has connected to all interfaces, or has had its time to. False: the component has to stop, or the program has ended. */
static bool wait_until_ready(bool *ended) {
    uint64_t begun = now_ns();
    while (coven_pass()) {
        if (program_is_set_up() && interfaces_are_up()) return true;
        if ((*ended = program_has_ended())) return false;
        if (now_ns() - begun > READY_NS) return say("the program has not connected to its interfaces in five seconds; packets for it are dropped until it does"), true;
        coven_wait(program_fd(), LOOK_MS);
    }
    return false;
}

static int run(words command) {
    bool ended = false;
    if (!command.count || wait_until_ready(&ended)) {
        coven_ready();
        ended = !move_packets(false);
    }
    if (!ended) program_stop(); /* first: once the component says `leaving` it may be killed */
    interfaces_close();
    if (ended) return program_end();
    coven_detach();
    return coven_failed();
}

/* "-": a folder of our own, beside the agent's socket. */
static const char *folder_of(const char *asked) {
    static char own[256];
    const char *agent = getenv("COVEN_AGENT");
    if (strcmp(asked, "-")) return asked;
    snprintf(own, sizeof own, "%s.m", agent ? agent : "memif");
    return own;
}

int main(int count, char **arguments) {
    char error[256];
    if (count < 3 || (strcmp(arguments[1], "server") && strcmp(arguments[1], "client"))) return say("components are started by COVEN"), 2;
    nsh_shown = count > 3 && !strcmp(arguments[3], "--nsh");
    words command = {arguments + 3 + nsh_shown, count - 3 - nsh_shown};
    if (coven_attach(error, sizeof error)) return say("%s", error), 1;
    const char *folder = folder_of(arguments[2]);
    if (mkdir(folder, 0700) && errno != EEXIST) return say("folder %s: %s", folder, strerror(errno)), 1;
    memif_place(folder, !strcmp(arguments[1], "server"));
    if (!fill_in(command, folder) || !space_enter() || !interfaces_open(0)) return 1;
    holding_open();
    show_items(false);
    if (!program_start((words){0}, command)) return 1;
    int status = run(command);
    rmdir(folder); /* empty, unless it is somebody's */
    return status;
}
