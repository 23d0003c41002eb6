/* What comes in at `in` goes out at `out` and the other way, but for UDP to port 7. Knows libpcap and nothing of COVEN. */
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

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

static void cross(u_char *to, const struct pcap_pkthdr *header, const u_char *data) { pcap_sendpacket((pcap_t *)to, data, (int)header->caplen); }

int main(void) {
    pcap_t *ends[2] = {open_end("in"), open_end("out")};
    struct pollfd readable[2];
    for (int i = 0; i < 2; i++) readable[i] = (struct pollfd){pcap_get_selectable_fd(ends[i]), POLLIN, 0};
    while (poll(readable, 2, -1) > 0)
        for (int i = 0; i < 2; i++)
            if (readable[i].revents) pcap_dispatch(ends[i], -1, cross, (u_char *)ends[!i]);
    return 1;
}
