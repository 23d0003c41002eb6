/* The program's surroundings: a network namespace and a process namespace of its own, and a network namespace of the adapter's beside it. */
#include "netdev.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool put(const char *file, const char *text) {
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0) close(fd);
    return good;
}

/* Root in there is who started us, and nobody else is known. */
static bool map_user(uid_t user, gid_t group) {
    char users[64], groups[64];
    snprintf(users, sizeof users, "0 %u 1", user);
    snprintf(groups, sizeof groups, "0 %u 1", group);
    return put("/proc/self/setgroups", "deny") && put("/proc/self/uid_map", users) && put("/proc/self/gid_map", groups);
}

/* What the namespace's own stack would say uninvited: IPv6 is off until the package's setup turns it on; without addresses ARP and IGMP have nothing to say. */
static void keep_quiet(void) {
    put("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    put("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
}

static int spaces[2] = {-1, -1};

static int this_space(void) { return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC); }

bool space_enter(void) {
    uid_t user = geteuid();
    gid_t group = getegid();
    if (unshare(CLONE_NEWNET | CLONE_NEWPID)) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID))
            return say("no network namespace is to be had: %s; as root, or allow user namespaces (kernel.unprivileged_userns_clone, user.max_user_namespaces)", strerror(errno));
        if (!map_user(user, group)) return say("user namespace: %s", strerror(errno));
    }
    keep_quiet();
    spaces[SPACE_ADAPTER] = this_space();
    if (unshare(CLONE_NEWNET)) return say("no second network namespace is to be had: %s", strerror(errno));
    spaces[SPACE_PROGRAM] = this_space();
    keep_quiet();
    return true;
}

int space_other(int here) {
    if (spaces[here] < 0 || setns(spaces[here], CLONE_NEWNET)) return say("network namespace: %s", strerror(errno)), -1;
    return spaces[!here];
}

static unsigned rows(pid_t pid, const char *table) {
    char file[64];
    snprintf(file, sizeof file, "/proc/%d/net/%s", pid, table);
    FILE *list = fopen(file, "re");
    unsigned lines = 0;
    for (int c; list && (c = fgetc(list)) != EOF;) lines += c == '\n';
    if (list) fclose(list);
    return lines ? lines - 1 : 0; /* the first names the columns */
}

unsigned space_sockets(pid_t pid) {
    static const char *const tables[] = {"packet", "raw", "raw6", "udp", "udp6", "tcp", "tcp6"};
    unsigned count = 0;
    for (unsigned i = 0; i < sizeof tables / sizeof *tables; i++) count += rows(pid, tables[i]);
    return count;
}
