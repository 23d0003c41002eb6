/* A VNS backend over DPDK 22.11 (docs/vns-backends.md). arguments: "DEVICE[,KEY=VALUE]... [-- EAL ARGUMENTS]".
 * One queue each way; packets are copied once each way: DPDK's buffers are its own. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "coven_vns.h"

enum { BURST = 32, BUFFERS = 4095, DESCRIPTORS = 512, ETHERNET = RTE_ETHER_HDR_LEN, WORDS = 32 };
/* DPDK tells nobody of packets: how long an idle port waits before it is asked again, doubled each time. */
enum { REST_FIRST_NS = 50000, REST_LAST_NS = 1000000 };

struct dpdk {
    struct coven_pool pool;
    uint16_t id;
    struct rte_device *device;
    struct rte_mempool *buffers;
    /* Received, for want of frames not handed over. */
    struct rte_mbuf *waiting[BURST];
    unsigned first, end;
    uint64_t rest_ns, due_ns;
    uint32_t *done;
    size_t done_count;
    char name[RTE_DEV_NAME_MAX_LEN], why[RTE_DEV_NAME_MAX_LEN + 32];
};

/* Once a process. It would nail the calling thread to a CPU. */
static int start_eal(char *arguments) {
    static int started;
    if (started) return 0;
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof cpus, &cpus);
    int cpu = 0;
    while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &cpus)) cpu++;
    char lcore[32];
    snprintf(lcore, sizeof lcore, "--lcores=0@%d", cpu);
    static char defaults[] = "--no-huge -m 64 --no-pci"; /* --no-shconf: no file of DPDK's own, which would stay */
    char *words[WORDS] = {"coven-engine", "--no-shconf", "--no-telemetry", "--log-level=error", lcore};
    int count = 5;
    for (char *word = strtok(*arguments ? arguments : defaults, " "); word && count < WORDS - 1; word = strtok(NULL, " ")) words[count++] = word;
    int begun = rte_eal_init(count, words);
    sched_setaffinity(0, sizeof cpus, &cpus);
    started = begun >= 0;
    return begun < 0 ? -1 : 0;
}

/* A burst has at most as many packets as the port has buffers to receive them, beside those in its rings. */
static int start_port(struct dpdk *port) {
    struct rte_eth_conf conf = {0};
    struct rte_eth_dev_info info;
    uint16_t rx = DESCRIPTORS, tx = DESCRIPTORS;
    char pool[RTE_MEMPOOL_NAMESIZE];
    snprintf(pool, sizeof pool, "coven-%u", port->id);
    port->buffers = rte_pktmbuf_pool_create(pool, BUFFERS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    int failed = port->buffers ? rte_eth_dev_info_get(port->id, &info) : -rte_errno;
    if (failed) return failed;
    port->device = info.device;
    if ((failed = rte_eth_dev_configure(port->id, 1, 1, &conf))) return failed;
    if ((failed = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &rx, &tx))) return failed;
    if ((failed = rte_eth_rx_queue_setup(port->id, 0, rx, SOCKET_ID_ANY, NULL, port->buffers))) return failed;
    if ((failed = rte_eth_tx_queue_setup(port->id, 0, tx, SOCKET_ID_ANY, NULL))) return failed;
    if ((failed = rte_eth_dev_start(port->id))) return failed;
    rte_eth_promiscuous_enable(port->id); /* virtual devices that have no such thing hear everything anyway */
    return 0;
}

static void dpdk_close(void *opened) {
    struct dpdk *port = opened;
    while (port->first < port->end) rte_pktmbuf_free(port->waiting[port->first++]);
    rte_eth_dev_stop(port->id);
    rte_eth_dev_close(port->id);
    if (port->device) rte_dev_remove(port->device);
    rte_mempool_free(port->buffers);
    free(port->done);
    free(port);
}

static void *refuse(char *error, size_t room, const char *what, const char *device, int why) {
    snprintf(error, room, "%s %s: %s", what, device, rte_strerror(why < 0 ? -why : why));
    return NULL;
}

static void *dpdk_open(const char *arguments, const struct coven_pool *pool, char *error, size_t room) {
    char text[1024];
    if ((size_t)snprintf(text, sizeof text, "%s", arguments) >= sizeof text) return refuse(error, room, "arguments", "too long", E2BIG);
    char *eal = strstr(text, " -- "), *nothing = text + strlen(text);
    if (eal) *eal = 0, eal += 4;
    if (!*text) return refuse(error, room, "arguments have to be", "DEVICE[,KEY=VALUE]... [-- EAL ARGUMENTS]", EINVAL);
    if (start_eal(eal ? eal : nothing)) return refuse(error, room, "EAL does not start with", eal ? eal : "its defaults", rte_errno);
    struct dpdk *port = calloc(1, sizeof *port);
    if (port) port->done = calloc(pool->count, sizeof *port->done);
    if (!port || !port->done) return free(port), refuse(error, room, "memory for", text, ENOMEM);
    int failed = rte_dev_probe(text);
    snprintf(port->name, sizeof port->name, "%.*s", (int)strcspn(text, ","), text);
    if (!failed) failed = rte_eth_dev_get_port_by_name(port->name, &port->id);
    if (failed) return free(port->done), free(port), refuse(error, room, "there is no device", text, failed);
    port->pool = *pool;
    if ((failed = start_port(port))) return dpdk_close(port), refuse(error, room, "can't start device", text, failed);
    return port;
}

static uint8_t *at(const struct dpdk *port, uint32_t frame, uint16_t offset) { return port->pool.base + (size_t)frame * port->pool.size + offset; }

static uint64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint32_t copy(const struct dpdk *port, struct rte_mbuf *buffer, uint32_t frame, uint16_t offset, size_t room) {
    if (buffer->pkt_len > room) return COVEN_TOO_LARGE;
    if (buffer->pkt_len < ETHERNET) return COVEN_TRUNCATED;
    uint8_t *to = at(port, frame, offset);
    for (const struct rte_mbuf *piece = buffer; piece; piece = piece->next) {
        memcpy(to, rte_pktmbuf_mtod(piece, void *), piece->data_len);
        to += piece->data_len;
    }
    return COVEN_WHOLE;
}

static size_t dpdk_receive(void *opened, struct coven_stock *stock, uint16_t offset, size_t max, struct coven_received *into) {
    struct dpdk *port = opened;
    size_t room = port->pool.size > offset ? port->pool.size - offset : 0, count = 0;
    uint64_t now = 0;
    if (port->first == port->end && max) {
        port->first = 0;
        port->end = rte_eth_rx_burst(port->id, 0, port->waiting, RTE_MIN(max, (size_t)BURST));
    }
    if (port->first < port->end) {
        now = nanoseconds(CLOCK_REALTIME);
        port->rest_ns = port->due_ns = 0;
    } else {
        port->rest_ns = port->rest_ns ? RTE_MIN(port->rest_ns * 2, (uint64_t)REST_LAST_NS) : REST_FIRST_NS;
        port->due_ns = nanoseconds(CLOCK_MONOTONIC) + port->rest_ns;
    }
    for (; count < max && port->first < port->end; count++) {
        uint32_t frame = stock->take(stock);
        if (frame == COVEN_NO_FRAME) break;
        struct rte_mbuf *buffer = port->waiting[port->first++];
        uint32_t fault = copy(port, buffer, frame, offset, room);
        into[count] = (struct coven_received){{frame, offset, fault ? 0 : (uint16_t)buffer->pkt_len}, fault, now};
        rte_pktmbuf_free(buffer);
    }
    return count;
}

static size_t dpdk_transmit(void *opened, const struct coven_packet *packets, size_t count) {
    struct dpdk *port = opened;
    size_t taken = 0;
    while (taken < count) {
        struct rte_mbuf *burst[BURST];
        unsigned made = 0;
        for (; made < BURST && taken + made < count; made++) {
            const struct coven_packet *packet = &packets[taken + made];
            if (!(burst[made] = rte_pktmbuf_alloc(port->buffers))) break;
            char *to = rte_pktmbuf_append(burst[made], packet->length);
            if (to) memcpy(to, at(port, packet->frame, packet->offset), packet->length);
        }
        unsigned sent = made ? rte_eth_tx_burst(port->id, 0, burst, (uint16_t)made) : 0;
        if (sent < made) rte_pktmbuf_free_bulk(burst + sent, made - sent);
        for (size_t end = taken + sent; taken < end; taken++) port->done[port->done_count++] = packets[taken].frame;
        if (sent < BURST) break;
    }
    return taken;
}

static size_t dpdk_completed(void *opened, uint32_t *into, size_t max) {
    struct dpdk *port = opened;
    size_t count = RTE_MIN(port->done_count, max);
    port->done_count -= count;
    memcpy(into, port->done + port->done_count, count * sizeof *into);
    return count;
}

static int dpdk_descriptor(void *opened) { return (void)opened, -1; }
static uint64_t dpdk_due_ns(void *opened) { return ((struct dpdk *)opened)->due_ns; }
static size_t dpdk_holds(void *opened) { return (void)opened, 0; }

static void dpdk_missed(void *opened, uint64_t *rx, uint64_t *tx) {
    struct rte_eth_stats stats = {0};
    rte_eth_stats_get(((struct dpdk *)opened)->id, &stats);
    *rx = stats.imissed + stats.rx_nombuf, *tx = stats.oerrors;
}

static const char *dpdk_down(void *opened) {
    struct dpdk *port = opened;
    struct rte_eth_link link;
    if (rte_eth_link_get_nowait(port->id, &link) || link.link_status == RTE_ETH_LINK_UP) return NULL;
    snprintf(port->why, sizeof port->why, "device %s has no link", port->name);
    return port->why;
}

static size_t dpdk_largest(void *opened) {
    uint16_t mtu = RTE_ETHER_MTU;
    rte_eth_dev_get_mtu(((struct dpdk *)opened)->id, &mtu);
    return RTE_MIN((size_t)mtu + ETHERNET, (size_t)RTE_MBUF_DEFAULT_DATAROOM); /* one buffer a packet */
}

const struct coven_backend *coven_vns_backend(void) {
    static const struct coven_backend backend = {
        COVEN_VNS_ABI, dpdk_open,   dpdk_close, dpdk_receive, dpdk_transmit, dpdk_completed,
        dpdk_descriptor, dpdk_due_ns, dpdk_holds, dpdk_missed,  dpdk_down,     dpdk_largest,
    };
    return &backend;
}
