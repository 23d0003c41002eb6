/* The adapter's ends of the cables: packets go out a burst a call, and come in by a ring that the kernel writes. */
#include "netdev.h"
#include <errno.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADERS 18u      /* Ethernet with one VLAN tag */
#define MTU_USUAL 1500u
#define MTU_MOST 65535
#define JUMBO_ROOM 4096u /* frames that hold this much are for larger packets */
#define SLOTS 1024u
#define SLOT_LEAST 2048u
#define SLOT_HEADERS 128u /* before a packet in its slot */
#define BLOCK (1u << 17)
#define TAG 4u

interface interfaces[INTERFACES_MAX];
unsigned interface_count;
static uint32_t slot_size = SLOT_LEAST;

/* As large as the frames allow, but no larger than usual where they only leave some room over. A packet behind an NSH is a payload, tag and all. */
static int mtu_for(uint32_t frame_room) {
    uint32_t room = frame_room - HEADERS, mtu = frame_room < JUMBO_ROOM && room > MTU_USUAL ? MTU_USUAL : room;
    if (nsh_shown) mtu += NSH_FRONT + TAG;
    return mtu > MTU_MOST ? MTU_MOST : (int)mtu;
}

static bool set(int fd, int option, const void *value, socklen_t size) { return !setsockopt(fd, SOL_PACKET, option, value, size); }

static bool map_ring(interface *it) {
    const int version = TPACKET_V2, on = 1, reserve = TAG;
    const struct tpacket_req ring = {.tp_block_size = BLOCK, .tp_frame_size = slot_size, .tp_frame_nr = SLOTS, .tp_block_nr = SLOTS / (BLOCK / slot_size)};
    if (!set(it->fd, PACKET_VERSION, &version, sizeof version) || !set(it->fd, PACKET_RESERVE, &reserve, sizeof reserve)) return false;
    if (!set(it->fd, PACKET_RX_RING, &ring, sizeof ring) || !set(it->fd, PACKET_IGNORE_OUTGOING, &on, sizeof on)) return false;
    void *at = mmap(NULL, (size_t)SLOTS * slot_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, it->fd, 0);
    it->ring = at == MAP_FAILED ? NULL : at;
    return it->ring;
}

static bool attach(int fd, const interface *to, uint16_t protocol) {
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = (int)if_nametoindex(to->name)};
    return !bind(fd, (struct sockaddr *)&at, sizeof at);
}

/* A socket for each way: the kernel has a wake-up to do for every packet that was sent by one that somebody watches. */
static bool open_end(interface *it) {
    const int on = 1;
    it->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    it->sender = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool good = it->fd >= 0 && it->sender >= 0 && map_ring(it) && attach(it->fd, it, ETH_P_ALL) && attach(it->sender, it, 0);
    if (good) set(it->sender, PACKET_QDISC_BYPASS, &on, sizeof on);
    return good || say("interface %s: %s", it->name, strerror(errno));
}

static bool lay(const char *name, int mtu, int here) {
    interface *it = &interfaces[interface_count++];
    snprintf(it->name, sizeof it->name, "%s", name);
    return cable_lay(name, mtu, here);
}

bool interfaces_open(uint32_t frame_room) {
    int mtu = mtu_for(frame_room), here = space_other(SPACE_PROGRAM);
    while (slot_size < frame_room + NSH_FRONT + SLOT_HEADERS + TAG) slot_size *= 2;
    if (here < 0 || !cable_up("lo", 0) || !lay("in", mtu, here)) return false;
    for (unsigned i = 0; i < coven_output_count(); i++)
        if (!lay(coven_output_name(i), mtu, here)) return false;
    if (space_other(SPACE_ADAPTER) < 0) return false;
    for (unsigned i = 0; i < interface_count; i++)
        if (!cable_up(interfaces[i].name, MTU_MOST) || !open_end(&interfaces[i])) return false;
    return true;
}

/* The kernel stops at the first that it does not take; the others go on. */
uint32_t interface_give(interface *to, const struct iovec *packets, unsigned count) {
    struct mmsghdr messages[BURST];
    uint32_t refused = 0;
    for (unsigned i = 0; i < count; i++) messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = (struct iovec *)&packets[i], .msg_iovlen = 1}};
    for (unsigned at = 0; at < count;) {
        int sent = sendmmsg(to->sender, messages + at, count - at, MSG_DONTWAIT);
        if (sent > 0) {
            at += (unsigned)sent;
            continue;
        }
        if (errno == EINTR) continue;
        refused |= 1u << at++;
        to->refused++;
    }
    for (unsigned i = 0; i < count; i++) {
        if (refused & 1u << i) continue;
        to->rx_packets++;
        to->rx_bytes += packets[i].iov_len;
    }
    return refused;
}

static struct tpacket2_hdr *slot(const interface *from, uint32_t at) { return (void *)(from->ring + (size_t)(at % SLOTS) * slot_size); }

/* The kernel takes a VLAN tag out of the packet; it goes back to where it was, for which there is room in front. */
static uint8_t *tagged(const struct tpacket2_hdr *it, uint8_t *data, uint32_t *length) {
    uint16_t tag[2] = {htons(it->tp_status & TP_STATUS_VLAN_TPID_VALID ? it->tp_vlan_tpid : ETH_P_8021Q), htons(it->tp_vlan_tci)};
    memmove(data - TAG, data, 2 * ETH_ALEN);
    memcpy(data - TAG + 2 * ETH_ALEN, tag, TAG);
    *length += TAG;
    return data - TAG;
}

uint8_t *interface_take(interface *from, uint32_t *length) {
    struct tpacket2_hdr *it = slot(from, from->next);
    /* Pairs with the kernel's release of the slot. A ring that is ours from end to end has nothing more. */
    if (from->next - from->released == SLOTS || !(__atomic_load_n(&it->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) return NULL;
    uint8_t *data = (uint8_t *)it + it->tp_mac;
    __builtin_prefetch(slot(from, ++from->next));
    *length = it->tp_snaplen;
    from->tx_packets++;
    if (it->tp_status & TP_STATUS_VLAN_VALID) data = tagged(it, data, length);
    from->tx_bytes += *length;
    return data;
}

uint8_t *interface_settled(interface *from, uint8_t *data, uint32_t length) { return (void)from, (void)length, data; }

void interface_release(interface *from) {
    for (; from->released != from->next; from->released++) __atomic_store_n(&slot(from, from->released)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

void interfaces_watch(bool watched) { (void)watched; /* the kernel tells who asks */ }
