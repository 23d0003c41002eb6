/* The program, and what is run before it, below a first process of their own: when that one ends, or we do, all of them end. */
#include "netdev.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define GRACE_MS 1000
#define SET_UP (-1) /* in place of a status: the setup has ended well */

static pid_t first;
static int first_fd = -1, report_fd = -1;

static int open_pidfd(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

static void close_others(int kept) {
    if (kept > 3) syscall(SYS_close_range, 3u, (unsigned)kept - 1, 0u);
    syscall(SYS_close_range, kept < 3 ? 3u : (unsigned)kept + 1, ~0u, 0u);
}

_Noreturn static void become(words command) {
    close_others(-1);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(command.word[0], command.word);
    say("%s: %s", command.word[0], strerror(errno));
    _exit(127);
}

/* ---- The first process. It has no handlers but one, and so gets no other signal: the kernel shields number 1. ---- */

static volatile sig_atomic_t below;

static void pass_on(int number) {
    if (below > 0) kill(below, number);
    else _exit(0);
}

/* Runs it to its end; whatever else ends meanwhile is buried. */
static int wait_for(words command) {
    pid_t child = fork();
    if (!child) become(command);
    below = child;
    for (;;) {
        int status;
        pid_t ended = wait(&status);
        if (ended == child || (ended < 0 && errno == ECHILD)) return below = 0, ended == child ? status : 127 << 8;
    }
}

static void tell(int fd, int status) {
    ssize_t written = write(fd, &status, sizeof status);
    (void)written;
}

_Noreturn static void run_below(words setup, words command, int fd) {
    int status = setup.count ? wait_for(setup) : 0;
    if (status || !command.count) tell(fd, status ? status : SET_UP);
    else tell(fd, SET_UP), tell(fd, wait_for(command));
    while (!status && !command.count) pause();
    _exit(0);
}

_Noreturn static void first_process(words setup, words command, int parent, int fd) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (space_other(SPACE_PROGRAM) < 0) _exit(1);
    struct pollfd gone = {.fd = parent, .events = POLLIN};
    if (poll(&gone, 1, 0) > 0) _exit(0);
    close_others(fd);
    struct sigaction action = {.sa_handler = pass_on, .sa_flags = SA_RESTART};
    sigaction(SIGTERM, &action, NULL);
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_DFL);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    run_below(setup, command, fd);
}

/* ---- The adapter's side. ---- */

static void prepare_environment(void) {
    static const char *const ours[] = {"COVEN_CHANNEL", "COVEN_SLOT", "COVEN_BELLS", "COVEN_AGENT", "COVEN_OUTPUTS"};
    char names[INTERFACES_MAX * 17] = "";
    for (unsigned i = 0; i < interface_count; i++) {
        if (i) strcat(names, " ");
        strcat(names, interfaces[i].name);
    }
    setenv("COVEN_INTERFACES", names, 1);
    for (unsigned i = 0; i < sizeof ours / sizeof *ours; i++) unsetenv(ours[i]);
}

bool program_start(words setup, words command) {
    int report[2], self = open_pidfd(getpid());
    if (self < 0 || pipe(report)) return say("the program can't be started: %s", strerror(errno));
    prepare_environment();
    fflush(NULL);
    first = fork();
    if (!first) first_process(setup, command, self, report[1]);
    close(report[1]);
    close(self);
    report_fd = report[0];
    first_fd = first > 0 ? open_pidfd(first) : -1;
    return first_fd >= 0 || say("the program can't be started: %s", strerror(errno));
}

int program_fd(void) { return first_fd; }

static bool next_report(int *status) {
    struct pollfd waiting = {.fd = report_fd, .events = POLLIN};
    return poll(&waiting, 1, 0) > 0 && read(report_fd, status, sizeof *status) == sizeof *status;
}

static int last_status = SET_UP;

bool program_is_set_up(void) {
    static bool done;
    int status;
    if (!done && next_report(&status)) {
        done = status == SET_UP;
        last_status = status;
    }
    return done;
}

static bool ended_within(int timeout_ms) {
    struct pollfd waiting = {.fd = first_fd, .events = POLLIN};
    return poll(&waiting, 1, timeout_ms) > 0;
}

bool program_has_ended(void) { return ended_within(0); }

void program_stop(void) {
    kill(first, SIGTERM);
    if (!ended_within(GRACE_MS)) kill(first, SIGKILL);
    waitpid(first, NULL, 0);
}

int program_wait(void) {
    waitpid(first, NULL, 0);
    while (next_report(&last_status)) {}
    return last_status == SET_UP ? 0 : WIFSIGNALED(last_status) ? 128 + WTERMSIG(last_status) : WEXITSTATUS(last_status);
}

int program_end(void) {
    while (next_report(&last_status)) {}
    waitpid(first, NULL, 0);
    int status = last_status == SET_UP ? SIGKILL : last_status;
    if (WIFSIGNALED(status)) {
        say("the program was killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    say("the program ended with status %d; a component goes on until it is stopped", WEXITSTATUS(status));
    return WEXITSTATUS(status) ? WEXITSTATUS(status) : 1;
}

pid_t program_pid(void) { return first; }
