/* The peer `sleeping`: what a plain program does. It forwards between two interfaces with memory-mapped AF_PACKET rings
 * and sleeps in poll() while there is nothing to do. Usage: sleeping [-o BYTES] IF IF. Ends on SIGTERM.
 * -o: packets keep what the stack left to hardware, checksums and cutting; slots have BYTES (131072 holds uncut packets). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned frame = 2048, frames = 2048, block = 1 << 16;
static int offload; /* a virtio_net_hdr stands before each packet */

struct side {
    int fd;
    uint8_t *rx, *tx;
    unsigned rx_next, tx_next, pending;
};

static volatile sig_atomic_t over;
static void stop(int signal) { over = signal; }

static void fail(const char *what, const char *name) {
    fprintf(stderr, "sleeping: %s %s: %s\n", what, name, strerror(errno));
    exit(1);
}

static struct side attach(const char *name) {
    struct side side = {.fd = socket(AF_PACKET, SOCK_RAW, 0)};
    if (side.fd < 0) fail("socket", name);
    int version = TPACKET_V2, on = 1;
    struct tpacket_req ring = {.tp_block_size = block, .tp_frame_size = frame, .tp_frame_nr = frames, .tp_block_nr = frames / (block / frame)};
    if (setsockopt(side.fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version)) fail("version", name);
    if (offload && setsockopt(side.fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on)) fail("offload", name);
    if (setsockopt(side.fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring)) fail("receive ring", name);
    if (setsockopt(side.fd, SOL_PACKET, PACKET_TX_RING, &ring, sizeof ring)) fail("transmit ring", name);
    if (setsockopt(side.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on)) fail("ignore outgoing", name);
    size_t size = (size_t)frame * frames;
    side.rx = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_SHARED, side.fd, 0);
    if (side.rx == MAP_FAILED) fail("map", name);
    side.tx = side.rx + size;
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(name)};
    if (!at.sll_ifindex || bind(side.fd, (struct sockaddr *)&at, sizeof at)) fail("bind", name);
    struct packet_mreq promiscuous = {.mr_ifindex = at.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
    setsockopt(side.fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous);
    return side;
}

static struct tpacket2_hdr *slot(uint8_t *ring, unsigned at) { return (struct tpacket2_hdr *)(ring + (size_t)(at % frames) * frame); }

/* Moves what one side has received to the other; returns whether there was anything. */
static int forward(struct side *from, struct side *to) {
    int moved = 0;
    for (;;) {
        struct tpacket2_hdr *in = slot(from->rx, from->rx_next), *out = slot(to->tx, to->tx_next);
        if (!(__atomic_load_n(&in->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) || moved == 64) break;
        if (__atomic_load_n(&out->tp_status, __ATOMIC_ACQUIRE) != TP_STATUS_AVAILABLE) break;
        unsigned header = offload ? sizeof(struct virtio_net_hdr) : 0;
        memcpy((uint8_t *)out + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll), (uint8_t *)in + in->tp_mac - header, in->tp_snaplen + header);
        out->tp_len = in->tp_snaplen + header;
        __atomic_store_n(&out->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
        __atomic_store_n(&in->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
        from->rx_next++, to->tx_next++, moved++;
    }
    if (moved) send(to->fd, NULL, 0, MSG_DONTWAIT);
    return moved;
}

int main(int count, char **words) {
    offload = count == 5 && !strcmp(words[1], "-o");
    if (count != 3 + 2 * offload) return fprintf(stderr, "usage: sleeping [-o BYTES] IF IF\n"), 2;
    if (offload) frame = (unsigned)atoi(words[2]);
    if (frame > block) block = frame, frames = 128;
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    struct side a = attach(words[1 + 2 * offload]), b = attach(words[2 + 2 * offload]);
    struct pollfd wait[2] = {{.fd = a.fd, .events = POLLIN}, {.fd = b.fd, .events = POLLIN}};
    while (!over)
        if (!(forward(&a, &b) | forward(&b, &a))) poll(wait, 2, 1000);
    return 0;
}
