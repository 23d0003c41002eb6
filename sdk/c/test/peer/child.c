/* The component's process, and its agent. */
#include "peer.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void die(const char *what) {
    fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
    exit(2);
}

uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void set_environment(peer *p) {
    char slot[16], outputs[OUTPUTS_MAX * 65] = "";
    snprintf(slot, sizeof slot, "%u", COMPONENT_SLOT);
    for (unsigned i = 0; i < p->options.outputs; i++) {
        if (i) strcat(outputs, ",");
        strncat(outputs, p->options.output[i], 63);
    }
    unsetenv("COVEN_CHANNEL");
    setenv("COVEN_SLOT", slot, 1);
    setenv("COVEN_BELLS", p->folder, 1);
    setenv("COVEN_AGENT", p->agent_path, 1);
    setenv("COVEN_OUTPUTS", outputs, 1);
    setenv("COVEN_NAME", "tested", 0);
}

void start_child(peer *p) {
    pid_t parent = getpid();
    p->result.exited = false;
    *slot32(p, COMPONENT_SLOT, COVEN_SLOT_OFF_STATE) = COVEN_SLOT_STATE_EMPTY;
    p->child = fork();
    if (p->child < 0) die("fork");
    if (p->child) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(126);
    set_environment(p);
    if (p->memfd == 3 ? fcntl(3, F_SETFD, 0) : dup2(p->memfd, 3) < 0) _exit(126);
    dup2(2, 1); /* standard output is the peer's, for its one line */
    execvp(p->options.command[0], p->options.command);
    fprintf(stderr, "peer: %s: %s\n", p->options.command[0], strerror(errno));
    _exit(127);
}

bool child_gone(peer *p) {
    if (!p->result.exited && waitpid(p->child, &p->result.exit_status, WNOHANG) == p->child) p->result.exited = true;
    return p->result.exited;
}

static void nap(void) { nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL); }

bool wait_state(peer *p, uint32_t state, unsigned timeout_ms) {
    uint64_t end = now_ns() + timeout_ms * 1000000ull;
    while (atomic_load(slot32(p, COMPONENT_SLOT, COVEN_SLOT_OFF_STATE)) != state) {
        if (child_gone(p) || now_ns() > end) return false;
        nap();
    }
    return true;
}

static bool wait_exit(peer *p, unsigned timeout_ms) {
    uint64_t end = now_ns() + timeout_ms * 1000000ull;
    while (!child_gone(p) && now_ns() < end) {
        receive_some(p);
        nap();
    }
    return p->result.exited;
}

void kill_child(peer *p) {
    if (child_gone(p)) return;
    kill(p->child, SIGKILL);
    waitpid(p->child, &p->result.exit_status, 0);
    p->result.exited = true;
}

/* The order to stop. A component that does not leave hangs: it is killed, and that is a failure. */
void stop_child(peer *p) {
    atomic_store(slot32(p, COMPONENT_SLOT, COVEN_SLOT_OFF_SPIN_NS), 0);
    atomic_store(slot32(p, COMPONENT_SLOT, COVEN_SLOT_OFF_STOP), 1);
    always_ring(p, COMPONENT_SLOT);
    if (wait_exit(p, 10000)) return;
    p->result.timed_out = true;
    kill_child(p);
}

static char *talk(int fd, const char *request) {
    size_t length = 0, size = 1 << 17;
    char *answer = calloc(1, size);
    if (!answer || dprintf(fd, "%s\n", request) < 0) return answer;
    while (length < size - 1) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, 10000) <= 0) break;
        ssize_t got = read(fd, answer + length, size - 1 - length);
        if (got <= 0) break;
        length += (size_t)got;
        if (answer[length - 1] == '\n') break;
    }
    while (length && answer[length - 1] == '\n') answer[--length] = 0;
    return answer;
}

void ask_agent(peer *p, const char *request) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char *answer = NULL;
    snprintf(address.sun_path, sizeof address.sun_path, "%.107s", p->agent_path);
    if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof address)) answer = talk(fd, request);
    if (fd >= 0) close(fd);
    if (!answer || !*answer) {
        fprintf(stderr, "peer: the agent does not answer `%s`\n", request);
        p->result.timed_out = true;
        free(answer);
        return;
    }
    p->result.agent[p->result.agent_count++] = answer;
}
