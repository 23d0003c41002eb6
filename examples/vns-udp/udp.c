/* A VNS backend outside of COVEN's source: Ethernet frames in UDP datagrams, one a frame (docs/vns-backends.md).
 * arguments: "LOCAL:PORT REMOTE:PORT", IPv4 addresses in digits. What others than the remote send is not received. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "coven_vns.h"

enum { BURST = 32, ETHERNET = 14, LARGEST = 9014, QUEUE_BYTES = 8 << 20 };

struct udp {
    struct coven_pool pool;
    int socket;
    uint64_t unsent;
    /* Frames to give back by completed: at most what the engine transmits between two calls of it. */
    uint32_t *done;
    size_t done_count;
};

/* "10.0.0.1:4000" */
static int read_address(char *text, struct sockaddr_in *to) {
    char *colon = strrchr(text, ':');
    if (!colon) return 0;
    *colon = 0;
    int port = atoi(colon + 1);
    *to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return port > 0 && port < 65536 && inet_pton(AF_INET, text, &to->sin_addr) == 1;
}

static void enlarge(int socket, int force, int plain) {
    int bytes = QUEUE_BYTES;
    if (setsockopt(socket, SOL_SOCKET, force, &bytes, sizeof bytes)) setsockopt(socket, SOL_SOCKET, plain, &bytes, sizeof bytes);
}

static int connected(const struct sockaddr_in *local, const struct sockaddr_in *remote) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    enlarge(fd, SO_RCVBUFFORCE, SO_RCVBUF);
    enlarge(fd, SO_SNDBUFFORCE, SO_SNDBUF);
    if (!bind(fd, (const struct sockaddr *)local, sizeof *local) && !connect(fd, (const struct sockaddr *)remote, sizeof *remote)) return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static void *udp_open(const char *arguments, const struct coven_pool *pool, char *error, size_t room) {
    char local_text[64], remote_text[64];
    struct sockaddr_in local, remote;
    if (sscanf(arguments, "%63s %63s", local_text, remote_text) != 2 || !read_address(local_text, &local) || !read_address(remote_text, &remote)) {
        snprintf(error, room, "arguments have to be \"LOCAL:PORT REMOTE:PORT\", not \"%s\"", arguments);
        return NULL;
    }
    struct udp *port = calloc(1, sizeof *port);
    if (port) port->done = calloc(pool->count, sizeof *port->done);
    if (!port || !port->done || (port->socket = connected(&local, &remote)) < 0) {
        snprintf(error, room, "%s: %s", arguments, strerror(errno));
        if (port) free(port->done);
        free(port);
        return NULL;
    }
    port->pool = *pool;
    return port;
}

static void udp_close(void *opened) {
    struct udp *port = opened;
    close(port->socket);
    free(port->done);
    free(port);
}

static uint8_t *at(const struct udp *port, uint32_t frame, uint16_t offset) { return port->pool.base + (size_t)frame * port->pool.size + offset; }

static size_t udp_receive(void *opened, struct coven_stock *stock, uint16_t offset, size_t max, struct coven_received *into) {
    struct udp *port = opened;
    struct mmsghdr messages[BURST] = {0};
    struct iovec bytes[BURST];
    uint32_t frames[BURST];
    size_t room = port->pool.size > offset ? port->pool.size - offset : 0, count = 0;
    for (; count < BURST && count < max; count++) {
        frames[count] = stock->take(stock);
        if (frames[count] == COVEN_NO_FRAME) break;
        bytes[count] = (struct iovec){at(port, frames[count], offset), room};
        messages[count].msg_hdr = (struct msghdr){.msg_iov = &bytes[count], .msg_iovlen = 1};
    }
    int got = count ? recvmmsg(port->socket, messages, (unsigned)count, MSG_DONTWAIT | MSG_TRUNC, NULL) : 0;
    size_t received = got > 0 ? (size_t)got : 0;
    struct timespec now;
    if (received) clock_gettime(CLOCK_REALTIME, &now);
    for (size_t i = 0; i < received; i++) {
        uint32_t length = messages[i].msg_len, fault = length > room ? COVEN_TOO_LARGE : length < ETHERNET ? COVEN_TRUNCATED : COVEN_WHOLE;
        into[i] = (struct coven_received){{frames[i], offset, fault ? 0 : (uint16_t)length}, fault, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec};
    }
    for (size_t i = received; i < count; i++) stock->give(stock, frames[i]);
    return received;
}

static size_t udp_transmit(void *opened, const struct coven_packet *packets, size_t count) {
    struct udp *port = opened;
    size_t taken = 0;
    while (taken < count) {
        struct mmsghdr messages[BURST] = {0};
        struct iovec bytes[BURST];
        unsigned burst = count - taken < BURST ? (unsigned)(count - taken) : BURST;
        for (unsigned i = 0; i < burst; i++) {
            const struct coven_packet *packet = &packets[taken + i];
            bytes[i] = (struct iovec){at(port, packet->frame, packet->offset), packet->length};
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &bytes[i], .msg_iovlen = 1};
        }
        int sent = sendmmsg(port->socket, messages, burst, MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS)) break;
        if (sent < 0) port->unsent++; /* refused, such as by a remote that is not there: it must not hold up what is behind it */
        for (size_t end = taken + (sent < 0 ? 1 : (size_t)sent); taken < end; taken++) port->done[port->done_count++] = packets[taken].frame;
    }
    return taken;
}

static size_t udp_completed(void *opened, uint32_t *into, size_t max) {
    struct udp *port = opened;
    size_t count = port->done_count < max ? port->done_count : max;
    port->done_count -= count;
    memcpy(into, port->done + port->done_count, count * sizeof *into);
    return count;
}

static int udp_descriptor(void *opened) { return ((struct udp *)opened)->socket; }
static uint64_t udp_due_ns(void *opened) { return (void)opened, COVEN_NEVER; }
static size_t udp_holds(void *opened) { return (void)opened, 0; }
static void udp_missed(void *opened, uint64_t *rx, uint64_t *tx) { *rx = 0, *tx = ((struct udp *)opened)->unsent; }
static const char *udp_down(void *opened) { return (void)opened, NULL; }
static size_t udp_largest(void *opened) { return (void)opened, LARGEST; }

const struct coven_backend *coven_vns_backend(void) {
    static const struct coven_backend backend = {
        COVEN_VNS_ABI, udp_open,       udp_close,  udp_receive, udp_transmit, udp_completed,
        udp_descriptor, udp_due_ns, udp_holds, udp_missed,  udp_down,     udp_largest,
    };
    return &backend;
}
