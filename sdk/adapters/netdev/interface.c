/* The TAP interfaces between the adapter and the program: as a NIC without offloads, so that packets are what goes over a wire. */
#include "netdev.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define HEADERS 18u     /* Ethernet with one VLAN tag */
#define MTU_USUAL 1500u
#define JUMBO_ROOM 4096u /* frames that hold this much are for larger packets */
#define QUEUE 2048      /* packets from the program that wait for the adapter */

interface interfaces[INTERFACES_MAX];
unsigned interface_count;

/* As large as the frames allow, but no larger than usual where they only leave some room over. */
static int mtu_for(uint32_t frame_room) {
    uint32_t room = frame_room - HEADERS;
    return (int)(frame_room < JUMBO_ROOM && room > MTU_USUAL ? MTU_USUAL : room);
}

static bool raise_up(const char *name, int mtu) {
    int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {0};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    bool good = socket_fd >= 0;
    if (mtu) {
        request.ifr_qlen = QUEUE;
        good = good && !ioctl(socket_fd, SIOCSIFTXQLEN, &request);
        request.ifr_mtu = mtu;
        good = good && !ioctl(socket_fd, SIOCSIFMTU, &request);
    }
    good = good && !ioctl(socket_fd, SIOCGIFFLAGS, &request);
    request.ifr_flags |= IFF_UP;
    good = good && !ioctl(socket_fd, SIOCSIFFLAGS, &request);
    if (socket_fd >= 0) close(socket_fd);
    return good || say("interface %s: %s", name, strerror(errno));
}

static bool open_one(const char *name, int mtu) {
    interface *it = &interfaces[interface_count];
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    snprintf(it->name, sizeof it->name, "%s", name);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    it->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (it->fd < 0) return say("/dev/net/tun: %s; load the module tun, and let this user read and write the device", strerror(errno));
    if (ioctl(it->fd, TUNSETIFF, &request) || ioctl(it->fd, TUNSETOFFLOAD, 0)) return say("interface %s: %s", name, strerror(errno));
    interface_count++;
    return raise_up(name, mtu);
}

bool interfaces_open(uint32_t frame_room) {
    int mtu = mtu_for(frame_room);
    if (!raise_up("lo", 0) || !open_one("in", mtu)) return false;
    for (unsigned i = 0; i < coven_output_count(); i++)
        if (!open_one(coven_output_name(i), mtu)) return false;
    return true;
}

bool interface_give(interface *to, const uint8_t *data, uint32_t length) {
    if (write(to->fd, data, length) != (ssize_t)length) {
        to->refused++;
        return false;
    }
    to->rx_packets++;
    to->rx_bytes += length;
    return true;
}

uint32_t interface_collect(interface *from, uint8_t *data, uint32_t room) {
    ssize_t length = read(from->fd, data, room);
    if (length <= 0) return 0;
    from->tx_packets++;
    from->tx_bytes += (uint64_t)length;
    return (uint32_t)length;
}

/* TAP hands over each packet at once. */
void interfaces_push(void) {}
