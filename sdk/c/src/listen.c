/* The extended agent's socket: at most 8 connections, a line of at most 64 KiB each way, never a blocking call (spec/ea.md). */
#include "channel.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECTIONS 8u
#define LINE_MAX_BYTES 65536u
#define REQUESTS_A_PASS 16u
#define LISTENER CONNECTIONS /* the epoll data of the listening socket */

typedef struct connection {
    int fd;
    bool skipping; /* the rest of a line that was too long */
    bool more;     /* requests that were read wait for the next pass */
    size_t in_length, out_at, out_length;
    char in[LINE_MAX_BYTES + 1], out[LINE_MAX_BYTES + 1];
} connection;

typedef struct cvn_listener {
    int fd;
    char *path;
    connection connections[CONNECTIONS];
} cvn_listener;

static void watch(int operation, int fd, uint32_t events, uint32_t data) {
    struct epoll_event event = {.events = events, .data.u32 = data};
    epoll_ctl(cvn.agent_fd, operation, fd, &event);
}

static int fail(char *error, size_t size, const char *path, const char *why) {
    snprintf(error, size, "agent: COVEN_AGENT=%s: %s", path, why);
    return -1;
}

/* Only a socket is replaced; a file of another kind there is a mistake. */
static bool remove_stale(const char *path) {
    struct stat status;
    if (lstat(path, &status)) return errno == ENOENT;
    return S_ISSOCK(status.st_mode) && !unlink(path);
}

/* A path that is too long for a socket address is reached through its open folder. */
static bool bind_to(int fd, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *slash = strrchr(path, '/');
    int folder = -1, length;
    if (strlen(path) < sizeof address.sun_path || !slash) {
        length = snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    } else {
        char *parent = strndup(path, (size_t)(slash - path) + 1);
        folder = parent ? open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
        free(parent);
        length = snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d%s", folder, slash);
    }
    bool fits = length > 0 && (size_t)length < sizeof address.sun_path;
    bool bound = fits && !bind(fd, (struct sockaddr *)&address, sizeof address);
    int kept = fits ? errno : ENAMETOOLONG;
    if (folder >= 0) close(folder);
    errno = kept;
    return bound;
}

int cvn_agent_open(char *error, size_t size) {
    const char *path = getenv("COVEN_AGENT");
    if (!path || !*path) return 0;
    if (!remove_stale(path)) return fail(error, size, path, "there is something that is no stale socket");
    cvn_listener *l = cvn_me->listener = malloc(sizeof *l);
    if (!l) return fail(error, size, path, strerror(errno));
    l->path = NULL;
    for (unsigned i = 0; i < CONNECTIONS; i++) l->connections[i].fd = -1, l->connections[i].more = false;
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    cvn.agent_fd = epoll_create1(EPOLL_CLOEXEC);
    bool good = l->fd >= 0 && cvn.agent_fd >= 0 && !fchmod(l->fd, 0600) && bind_to(l->fd, path);
    if (!good) return fail(error, size, path, strerror(errno));
    l->path = strdup(path);
    if (chmod(path, 0600) || listen(l->fd, CONNECTIONS)) return fail(error, size, path, strerror(errno));
    watch(EPOLL_CTL_ADD, l->fd, EPOLLIN, LISTENER);
    return 0;
}

static void hang_up(connection *c) {
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
}

void cvn_agent_close(void) {
    cvn_listener *l = cvn_me->listener;
    if (!l) return;
    for (unsigned i = 0; i < CONNECTIONS; i++) hang_up(&l->connections[i]);
    if (l->fd >= 0) close(l->fd);
    if (cvn.agent_fd >= 0) close(cvn.agent_fd);
    if (l->path) unlink(l->path);
    free(l->path);
    free(l);
    cvn_me->listener = NULL;
    cvn.agent_fd = -1;
}

static connection *free_connection(cvn_listener *l) {
    for (unsigned i = 0; i < CONNECTIONS; i++)
        if (l->connections[i].fd < 0) return &l->connections[i];
    return NULL;
}

static void turn_away(int fd) {
    static const char text[] = "{\"error\":{\"reason\":\"too-large\",\"text\":\"8 connections at most\"}}\n";
    ssize_t sent = send(fd, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent;
    close(fd);
}

static void welcome(cvn_listener *l) {
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        connection *c = free_connection(l);
        if (!c) {
            turn_away(fd);
            continue;
        }
        c->fd = fd;
        c->skipping = c->more = false;
        c->in_length = c->out_at = c->out_length = 0;
        watch(EPOLL_CTL_ADD, fd, EPOLLIN, (uint32_t)(c - l->connections));
    }
}

/* True once nothing waits to be sent. A client that does not read gets no further answers, and holds up nobody else. */
static bool send_out(connection *c) {
    while (c->out_at < c->out_length) {
        ssize_t sent = send(c->fd, c->out + c->out_at, c->out_length - c->out_at, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno != EAGAIN) hang_up(c);
        if (sent < 0) return false;
        c->out_at += (size_t)sent;
    }
    c->out_at = c->out_length = 0;
    return true;
}

static void drop_in(connection *c, size_t bytes) {
    c->in_length -= bytes;
    memmove(c->in, c->in + bytes, c->in_length);
}

/* One request out of what was read. False if no whole line is there. */
static bool answer_one(connection *c) {
    char *end = memchr(c->in, '\n', c->in_length);
    if (!end && c->in_length < LINE_MAX_BYTES) return false;
    size_t length = end ? (size_t)(end - c->in) : c->in_length;
    bool too_long = !end, tail = c->skipping;
    c->in[length] = 0;
    if (!tail) c->out_length = cvn_agent_answer(too_long ? NULL : c->in, length, c->out, sizeof c->out);
    c->skipping = too_long;
    drop_in(c, end ? length + 1 : length);
    return true;
}

/* False if the client is gone. A full buffer waits until its lines are answered. */
static bool read_in(connection *c) {
    if (c->in_length == LINE_MAX_BYTES) return true;
    ssize_t got = recv(c->fd, c->in + c->in_length, LINE_MAX_BYTES - c->in_length, 0);
    if (got > 0) c->in_length += (size_t)got;
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

/* A few requests at a time, so that no client keeps packets waiting. */
static void serve(connection *c) {
    if (!send_out(c)) return;
    bool here = read_in(c);
    for (unsigned i = 0; answer_one(c); i++) {
        if (!send_out(c)) return;
        if (i < REQUESTS_A_PASS) continue;
        cvn.agent_due = c->more = true;
        return;
    }
    if (!here) hang_up(c);
}

/* A connection that owes answers is watched for room, another for requests. */
static void turn_to(connection *c) {
    if (c->fd < 0) return;
    c->more = false;
    serve(c);
    if (c->fd >= 0) watch(EPOLL_CTL_MOD, c->fd, c->out_length ? EPOLLOUT : EPOLLIN, (uint32_t)(c - cvn_me->listener->connections));
}

/* Called between bursts only. */
void cvn_agent_serve(void) {
    struct epoll_event events[CONNECTIONS + 1];
    cvn_listener *l = cvn_me->listener;
    cvn.agent_due = false;
    if (!l) return;
    int count = epoll_wait(cvn.agent_fd, events, CONNECTIONS + 1, 0);
    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 == LISTENER) welcome(l);
        else l->connections[events[i].data.u32].more = true;
    }
    for (unsigned i = 0; i < CONNECTIONS; i++)
        if (l->connections[i].more) turn_to(&l->connections[i]);
}
