/* What comes in at `in` goes out at `out` and the other way, but for UDP to port 7: read with libpcap, written with libnet. */
#include <libnet.h>
#include <pcap/pcap.h>
#include <poll.h>

static pcap_t *open_end(const char *name) {
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *end = pcap_create(name, error);
    struct bpf_program rule;
    if (!end) exit((fprintf(stderr, "%s\n", error), 1));
    pcap_set_immediate_mode(end, 1);
    pcap_set_snaplen(end, 2048);
    pcap_set_buffer_size(end, 4 << 20); /* its own is full after 32 packets in immediate mode */
    if (pcap_activate(end) < 0 || pcap_setdirection(end, PCAP_D_IN) || pcap_setnonblock(end, 1, error)
        || pcap_compile(end, &rule, "not udp dst port 7", 1, PCAP_NETMASK_UNKNOWN) || pcap_setfilter(end, &rule))
        exit((pcap_perror(end, "bridge"), 1));
    return end;
}

static libnet_t *open_exit(const char *name) {
    char error[LIBNET_ERRBUF_SIZE];
    libnet_t *end = libnet_init(LIBNET_LINK_ADV, name, error);
    if (!end) exit((fprintf(stderr, "%s\n", error), 1));
    return end;
}

static void cross(u_char *to, const struct pcap_pkthdr *header, const u_char *data) {
    if (libnet_adv_write_link((libnet_t *)to, data, header->caplen) < 0) fprintf(stderr, "%s\n", libnet_geterror((libnet_t *)to));
}

int main(void) {
    pcap_t *from[2] = {open_end("in"), open_end("out")};
    libnet_t *to[2] = {open_exit("out"), open_exit("in")};
    struct pollfd readable[2];
    for (int i = 0; i < 2; i++) readable[i] = (struct pollfd){pcap_get_selectable_fd(from[i]), POLLIN, 0};
    while (poll(readable, 2, -1) > 0)
        for (int i = 0; i < 2; i++)
            if (readable[i].revents) pcap_dispatch(from[i], -1, cross, (u_char *)to[i]);
    return 1;
}
