/* A veth pair between the adapter's namespace and the program's, made by rtnetlink, with the offloads of the program's end off:
 * so packets on it are what goes over a wire, with their checksums and no longer than the interface says. */
#include "netdev.h"
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE 2048 /* packets from the program that wait for the adapter */

typedef struct request {
    struct nlmsghdr header;
    struct ifinfomsg link;
    char attributes[256];
} request;

static struct rtattr *attribute(request *to, unsigned short type, const void *data, size_t length) {
    struct rtattr *at = (struct rtattr *)(void *)((char *)to + NLMSG_ALIGN(to->header.nlmsg_len));
    at->rta_type = type;
    at->rta_len = (unsigned short)RTA_LENGTH(length);
    if (length) memcpy(RTA_DATA(at), data, length);
    to->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(to->header.nlmsg_len) + RTA_ALIGN(at->rta_len));
    return at;
}

static void close_nest(request *to, struct rtattr *nest) { nest->rta_len = (unsigned short)((char *)to + to->header.nlmsg_len - (char *)nest); }

static bool ask(int netlink, request *what) {
    struct { struct nlmsghdr header; struct nlmsgerr error; char rest[512]; } answer;
    if (send(netlink, what, what->header.nlmsg_len, 0) < 0 || recv(netlink, &answer, sizeof answer, 0) < 0) return false;
    errno = answer.header.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EPROTO;
    return !errno;
}

/* Here `name`, and in the namespace `other` its other end, of the same name. */
static bool make_pair(const char *name, int other) {
    request it = {.header = {.nlmsg_len = NLMSG_LENGTH(sizeof it.link), .nlmsg_type = RTM_NEWLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK}};
    const struct ifinfomsg peer = {0};
    attribute(&it, IFLA_IFNAME, name, strlen(name) + 1);
    struct rtattr *info = attribute(&it, IFLA_LINKINFO, NULL, 0);
    attribute(&it, IFLA_INFO_KIND, "veth", 4);
    struct rtattr *data = attribute(&it, IFLA_INFO_DATA, NULL, 0), *end = attribute(&it, VETH_INFO_PEER, &peer, sizeof peer);
    attribute(&it, IFLA_IFNAME, name, strlen(name) + 1);
    attribute(&it, IFLA_NET_NS_FD, &other, sizeof other);
    close_nest(&it, end), close_nest(&it, data), close_nest(&it, info);
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    bool good = netlink >= 0 && ask(netlink, &it);
    if (netlink >= 0) close(netlink);
    return good;
}

static bool adjust(int control, const char *name, int mtu) {
    struct ifreq it = {.ifr_mtu = mtu};
    snprintf(it.ifr_name, sizeof it.ifr_name, "%s", name);
    if (mtu && ioctl(control, SIOCSIFMTU, &it)) return false;
    it.ifr_qlen = QUEUE;
    if (mtu) ioctl(control, SIOCSIFTXQLEN, &it);
    if (ioctl(control, SIOCGIFFLAGS, &it)) return false;
    it.ifr_flags |= IFF_UP;
    return !ioctl(control, SIOCSIFFLAGS, &it);
}

static void no_offloads(int control, const char *name) {
    static const uint32_t orders[] = {ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO};
    for (unsigned i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct ethtool_value off = {.cmd = orders[i]};
        struct ifreq it = {.ifr_data = (char *)&off};
        snprintf(it.ifr_name, sizeof it.ifr_name, "%s", name);
        ioctl(control, SIOCETHTOOL, &it); /* what a kernel does not know of, it does not do */
    }
}

/* In the program's namespace: its end is made, ours goes to `other`. */
bool cable_lay(const char *name, int mtu, int other) {
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = control >= 0 && make_pair(name, other);
    if (good) no_offloads(control, name);
    good = good && adjust(control, name, mtu);
    int kept = errno;
    if (control >= 0) close(control);
    errno = kept;
    return good || say("interface %s: %s", name, strerror(errno));
}

bool cable_up(const char *name, int mtu) {
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = control >= 0 && adjust(control, name, mtu);
    int kept = errno;
    if (control >= 0) close(control);
    errno = kept;
    return good || say("interface %s: %s", name, strerror(errno));
}
