/* An interface of the host for an engine in JavaScript: PF_PACKET, a burst a call. Checksums that the sender left to its card are
 * completed and VLAN tags that the kernel took off are put back, so that JavaScript sees the frame as on the wire. */
#include "events.h"
#include "glue.h"
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WIRES = 64, BURST = 32, SLOT = 2048, TAG = 4, HEADER = sizeof(struct virtio_net_hdr), RECEIVE_BYTES = 32 << 20 };
#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23 /* Linux 4.20 */
#endif

static struct wire {
    napi_env env;
    napi_ref ready;
    napi_async_context context;
    uv_poll_t *poll;
    int fd; /* 0: this place is free */
} wires[WIRES];

static napi_value number(napi_env env, int value) {
    napi_value result;
    napi_create_int32(env, value, &result);
    return result;
}

static napi_value fail(napi_env env, const char *what) {
    char text[160];
    snprintf(text, sizeof text, "%s: %s", what, errno == EPERM ? "it takes root or CAP_NET_RAW" : strerror(errno));
    napi_throw_error(env, NULL, text);
    return NULL;
}

static bool is_ethernet(int fd, const char *name) {
    struct ifreq request = {0};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    if (ioctl(fd, SIOCGIFHWADDR, &request)) return false;
    if (request.ifr_hwaddr.sa_family == ARPHRD_ETHER || request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK) return true;
    return errno = EPROTONOSUPPORT, false;
}

static bool set(int fd, int option, int value) { return setsockopt(fd, SOL_PACKET, option, &value, sizeof value) == 0; }

static int open_socket(const char *name) {
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), size = RECEIVE_BYTES;
    if (fd < 0) return -1;
    struct sockaddr_ll place = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(name)};
    struct packet_mreq all = {.mr_ifindex = place.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size)) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (place.sll_ifindex && is_ethernet(fd, name) && set(fd, PACKET_VNET_HDR, 1) && set(fd, PACKET_AUXDATA, 1) && set(fd, PACKET_IGNORE_OUTGOING, 1) &&
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) == 0 && bind(fd, (struct sockaddr *)&place, sizeof place) == 0)
        return fd;
    int why = place.sll_ifindex ? errno : ENODEV;
    close(fd);
    return errno = why, -1;
}

static void readable(uv_poll_t *poll, int status, int events) {
    (void)status, (void)events;
    struct wire *wire = wires;
    while (wire->poll != poll) wire++;
    uv_poll_stop(poll);
    napi_handle_scope scope;
    napi_value ready, global, result;
    napi_open_handle_scope(wire->env, &scope);
    napi_get_reference_value(wire->env, wire->ready, &ready);
    napi_get_global(wire->env, &global);
    napi_make_callback(wire->env, wire->context, global, ready, 0, NULL, &result);
    napi_close_handle_scope(wire->env, scope);
}

static bool watch(struct wire *wire, napi_env env, napi_value ready) {
    uv_loop_t *events;
    napi_value name;
    wire->env = env;
    napi_create_reference(env, ready, 1, &wire->ready);
    napi_create_string_utf8(env, "coven wire", NAPI_AUTO_LENGTH, &name);
    wire->poll = malloc(uv_handle_size(UV_POLL));
    return wire->poll && napi_async_init(env, NULL, name, &wire->context) == napi_ok && napi_get_uv_event_loop(env, &events) == napi_ok &&
           uv_poll_init(events, wire->poll, wire->fd) == 0;
}

/** wireOpen(interface, ready): its number. `ready` is called once after wireWatch, when there is something to receive. */
napi_value wire_open(napi_env env, napi_callback_info info) {
    napi_value argument[2];
    size_t count = 2, length;
    char name[IF_NAMESIZE];
    int place = 0;
    napi_get_cb_info(env, info, &count, argument, NULL, NULL);
    if (napi_get_value_string_utf8(env, argument[0], name, sizeof name, &length) != napi_ok) return errno = EINVAL, fail(env, "the interface");
    while (place < WIRES && wires[place].fd) place++;
    if (place == WIRES) return errno = EMFILE, fail(env, name);
    wires[place].fd = open_socket(name);
    if (wires[place].fd < 0) return wires[place].fd = 0, fail(env, name);
    if (!watch(&wires[place], env, argument[1])) return errno = ENOTSUP, fail(env, "libuv does not take the socket");
    return number(env, place);
}

static struct wire *wire_of(napi_env env, napi_value value) {
    uint32_t place = WIRES;
    napi_get_value_uint32(env, value, &place);
    return place < WIRES && wires[place].fd ? &wires[place] : NULL;
}

/** wireWatch(wire) */
napi_value wire_watch(napi_env env, napi_callback_info info) {
    napi_value argument;
    size_t count = 1;
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    struct wire *wire = wire_of(env, argument);
    if (wire) uv_poll_start(wire->poll, UV_READABLE, readable);
    return NULL;
}

static void closed(uv_handle_t *handle) { free(handle); }

/** wireMissed(wire): packets that the kernel had no room for since the last call. */
napi_value wire_missed(napi_env env, napi_callback_info info) {
    napi_value argument;
    size_t count = 1;
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    struct wire *wire = wire_of(env, argument);
    struct tpacket_stats stats = {0};
    socklen_t size = sizeof stats;
    if (wire) getsockopt(wire->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size);
    return number(env, (int)stats.tp_drops);
}

/** wireClose(wire) */
napi_value wire_close(napi_env env, napi_callback_info info) {
    napi_value argument;
    size_t count = 1;
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    struct wire *wire = wire_of(env, argument);
    if (!wire) return NULL;
    uv_poll_stop(wire->poll);
    uv_close((uv_handle_t *)wire->poll, closed);
    close(wire->fd);
    napi_async_destroy(env, wire->context);
    napi_delete_reference(env, wire->ready);
    *wire = (struct wire){0};
    return NULL;
}

/** The Internet checksum of what the sender left to its card (virtio: from `start`, to be put at `start + offset`). */
static void complete(uint8_t *frame, uint32_t length, const struct virtio_net_hdr *head) {
    uint32_t start = head->csum_start, at = start + head->csum_offset, sum = 0;
    if (start > length || at + 2 > length) return;
    for (uint32_t i = start; i < length; i++) sum += (i - start) & 1 ? frame[i] : (uint32_t)frame[i] << 8;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    sum = ~sum & 0xffff;
    frame[at] = (uint8_t)(sum >> 8);
    frame[at + 1] = (uint8_t)sum;
}

/** The tag that the kernel took off, if it did: as it stands in the frame, 0 without one. */
static uint32_t tag_of(struct msghdr *message) {
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
        if (at->cmsg_level != SOL_PACKET || at->cmsg_type != PACKET_AUXDATA) continue;
        struct tpacket_auxdata aux;
        memcpy(&aux, CMSG_DATA(at), sizeof aux);
        if (!(aux.tp_status & TP_STATUS_VLAN_VALID)) return 0;
        return (uint32_t)(aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid : ETH_P_8021Q) << 16 | aux.tp_vlan_tci;
    }
    return 0;
}

static struct {
    struct mmsghdr message[BURST];
    struct iovec part[BURST][2];
    struct virtio_net_hdr head[BURST];
    char control[BURST][CMSG_SPACE(sizeof(struct tpacket_auxdata))];
} burst;

/** A packet that lies at `frame`, TAG bytes of room before it: its offset from `frame - TAG`. */
static uint32_t finish(struct mmsghdr *message, const struct virtio_net_hdr *head, uint8_t *frame, uint32_t length) {
    if (head->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) complete(frame, length, head);
    uint32_t tag = tag_of(&message->msg_hdr);
    if (!tag || length < 12) return TAG;
    memmove(frame - TAG, frame, 12);
    for (int i = 0; i < TAG; i++) frame[12 - TAG + i] = (uint8_t)(tag >> (24 - 8 * i));
    return 0;
}

/** What both ways are called with: a wire, room for a burst's packets and for its table, and how many. */
struct turn {
    struct wire *wire;
    uint8_t *slots;
    uint32_t *table, count;
    size_t bytes; /* of slots */
};

static bool turn_of(napi_env env, napi_callback_info info, struct turn *turn) {
    napi_value argument[4];
    size_t count = 4, words = 0;
    *turn = (struct turn){0};
    napi_get_cb_info(env, info, &count, argument, NULL, NULL);
    napi_get_arraybuffer_info(env, argument[1], (void **)&turn->slots, &turn->bytes);
    napi_get_arraybuffer_info(env, argument[2], (void **)&turn->table, &words);
    napi_get_value_uint32(env, argument[3], &turn->count);
    turn->wire = wire_of(env, argument[0]);
    return turn->wire && turn->bytes >= BURST * SLOT && words >= BURST * 12;
}

/** wireReceive(wire, slots, table, most): how many. Slot i is 2048 bytes at i * 2048; the table has three words for each: where in
 * `slots` the packet begins, its length there, and the length that it had. */
napi_value wire_receive(napi_env env, napi_callback_info info) {
    struct turn turn;
    if (!turn_of(env, info, &turn)) return errno = EINVAL, fail(env, "receive");
    uint8_t *slots = turn.slots;
    uint32_t *table = turn.table, most = turn.count < BURST ? turn.count : BURST;
    for (uint32_t i = 0; i < most; i++) {
        burst.part[i][0] = (struct iovec){&burst.head[i], HEADER};
        burst.part[i][1] = (struct iovec){slots + i * SLOT + TAG, SLOT - TAG};
        burst.message[i].msg_hdr = (struct msghdr){.msg_iov = burst.part[i], .msg_iovlen = 2, .msg_control = burst.control[i], .msg_controllen = sizeof burst.control[i]};
    }
    int got = most ? recvmmsg(turn.wire->fd, burst.message, most, MSG_DONTWAIT | MSG_TRUNC, NULL) : 0;
    if (got < 0) return errno == EAGAIN || errno == EINTR ? number(env, 0) : fail(env, "receive");
    for (int i = 0; i < got; i++) {
        uint32_t original = burst.message[i].msg_len > HEADER ? burst.message[i].msg_len - HEADER : 0;
        uint32_t length = original < SLOT - TAG ? original : SLOT - TAG;
        uint32_t offset = finish(&burst.message[i], &burst.head[i], slots + i * SLOT + TAG, length);
        table[3 * i] = (uint32_t)i * SLOT + offset;
        table[3 * i + 1] = length + TAG - offset;
        table[3 * i + 2] = original + TAG - offset;
    }
    return number(env, got);
}

/** wireSend(wire, slots, table, count): how many the kernel took; -1: the interface is down. The table as above. */
napi_value wire_send(napi_env env, napi_callback_info info) {
    struct turn turn;
    if (!turn_of(env, info, &turn) || turn.count > BURST) return errno = EINVAL, fail(env, "send");
    uint8_t *slots = turn.slots;
    uint32_t *table = turn.table, all = turn.count;
    static const struct virtio_net_hdr plain;
    for (uint32_t i = 0; i < all; i++) {
        if (table[3 * i] > turn.bytes || table[3 * i + 1] > turn.bytes - table[3 * i]) return errno = EINVAL, fail(env, "send");
        burst.part[i][0] = (struct iovec){(void *)&plain, HEADER};
        burst.part[i][1] = (struct iovec){slots + table[3 * i], table[3 * i + 1]};
        burst.message[i].msg_hdr = (struct msghdr){.msg_iov = burst.part[i], .msg_iovlen = 2};
    }
    int sent = all ? sendmmsg(turn.wire->fd, burst.message, all, MSG_DONTWAIT) : 0;
    if (sent >= 0) return number(env, sent);
    return number(env, errno == ENETDOWN || errno == ENXIO || errno == ENODEV ? -1 : 0);
}
