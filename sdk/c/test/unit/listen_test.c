#include "unit.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static peer p;

static int dial(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%.107s", p.agent_path);
    CHECK(!connect(fd, (struct sockaddr *)&address, sizeof address));
    return fd;
}

/* The component's side runs between two looks of the client. */
static void serve(void) {
    for (unsigned i = 0; i < 8; i++) {
        cvn.agent_due = true;
        CHECK(coven_pass());
    }
}

static size_t hear(int fd, char *text, size_t size) {
    size_t length = 0;
    ssize_t got;
    serve();
    while (length < size - 1 && (got = read(fd, text + length, size - 1 - length)) > 0) {
        length += (size_t)got;
        serve();
    }
    text[length] = 0;
    return length;
}

static void say(int fd, const char *text) { CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text)); }

#define BAD "{\"error\":{\"reason\":\"bad-request\",\"text\":\"requests are: list, get NAME, set NAME VALUE, call NAME [ARGUMENT], check\"}}\n"

TEST(listen_answers_in_order) {
    char text[4096];
    open_channel(&p, (options){0});
    int fd = dial();
    say(fd, "a\nget nothing\nb");
    hear(fd, text, sizeof text);
    TEXT(text, BAD "{\"error\":{\"reason\":\"unknown-item\",\"text\":\"there is no item nothing; list names them\"}}\n");
    say(fd, "\n");
    hear(fd, text, sizeof text);
    TEXT(text, BAD);
    say(fd, "x\ny\n");
    shutdown(fd, SHUT_WR);
    hear(fd, text, sizeof text);
    TEXT(text, BAD BAD);
    EQUAL(read(fd, text, sizeof text), 0); /* and then hangs up */
    close(fd);
    close_channel(&p);
}

TEST(listen_wakes_the_loop) {
    open_channel(&p, (options){0});
    int fd = dial();
    EQUAL(coven_wait(-1, -1), 1);
    CHECK(coven_pass());
    say(fd, "check\n");
    EQUAL(coven_wait(-1, -1), 1);
    CHECK(coven_pass());
    char text[256];
    CHECK(read(fd, text, sizeof text) > 0);
    close(fd);
    close_channel(&p);
}

TEST(listen_eight_at_most) {
    char text[256];
    int fds[9];
    open_channel(&p, (options){0});
    for (unsigned i = 0; i < 9; i++) {
        fds[i] = dial();
        serve();
    }
    for (unsigned i = 0; i < 8; i++) {
        say(fds[i], "?\n");
        hear(fds[i], text, sizeof text);
        TEXT(text, BAD);
    }
    hear(fds[8], text, sizeof text);
    TEXT(text, "{\"error\":{\"reason\":\"too-large\",\"text\":\"8 connections at most\"}}\n");
    close(fds[8]);
    close(fds[0]);
    serve();
    fds[0] = dial(); /* its place is free again */
    say(fds[0], "?\n");
    hear(fds[0], text, sizeof text);
    TEXT(text, BAD);
    for (unsigned i = 0; i < 8; i++) close(fds[i]);
    close_channel(&p);
}

TEST(listen_long_line) {
    static char line[70001], text[512];
    open_channel(&p, (options){0});
    int fd = dial();
    memset(line, 'x', 70000);
    for (size_t sent = 0; sent < 70000;) {
        ssize_t wrote = write(fd, line + sent, 70000 - sent);
        if (wrote > 0) sent += (size_t)wrote;
        serve();
    }
    say(fd, "\nzzz\n");
    hear(fd, text, sizeof text);
    TEXT(text, "{\"error\":{\"reason\":\"too-large\",\"text\":\"a request has 64 KiB at most\"}}\n" BAD);
    close(fd);
    close_channel(&p);
}

/* A client that asks much and reads nothing is answered later, and holds up nobody. */
TEST(listen_lazy_reader) {
    static char text[8 << 20];
    open_channel(&p, (options){0});
    int lazy = dial(), other = dial();
    unsigned asked = 0;
    for (unsigned idle = 0; idle < 50; idle++) {
        while (asked < 20000 && write(lazy, "?\n", 2) == 2) asked++, idle = 0;
        serve();
    }
    CHECK(asked > 100);
    say(other, "?\n");
    hear(other, text, sizeof text);
    TEXT(text, BAD);
    size_t got = hear(lazy, text, sizeof text);
    EQUAL(got % strlen(BAD), 0);
    EQUAL(got / strlen(BAD), asked);
    close(lazy), close(other);
    close_channel(&p);
}

TEST(listen_socket_is_private_and_goes) {
    struct stat status;
    open_channel(&p, (options){0});
    CHECK(!lstat(p.agent_path, &status));
    EQUAL(status.st_mode & 07777, 0600);
    CHECK(S_ISSOCK(status.st_mode));
    coven_detach();
    CHECK(lstat(p.agent_path, &status));
    free_channel(&p);
}

TEST(listen_replaces_a_stale_socket) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char error[256];
    make_environment(&p, (options){0});
    int stale = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%.107s", p.agent_path);
    CHECK(!bind(stale, (struct sockaddr *)&address, sizeof address));
    close(stale);
    EQUAL(coven_attach(error, sizeof error), 0);
    int fd = dial();
    close(fd);
    close_channel(&p);
}

TEST(listen_on_a_long_path) {
    char folder[400], path[512], error[256] = "";
    make_environment(&p, (options){0});
    snprintf(folder, sizeof folder, "%s/%0120d", p.folder, 1);
    snprintf(path, sizeof path, "%s/agent.sock", folder);
    CHECK(!mkdir(folder, 0700));
    setenv("COVEN_AGENT", path, 1);
    EQUAL(coven_attach(error, sizeof error), 0);
    TEXT(error, "");
    CHECK(!access(path, F_OK));
    coven_detach();
    CHECK(access(path, F_OK));
    rmdir(folder);
    free_channel(&p);
}
