package coven;

/** Where the headers of a packet stand (spec/sdk.md, Headers): found once a packet, when a view is first asked for. Copies nothing. */
final class Headers {
    static final int ETHERNET = 14, TAG = 4, TAGS_MAX = 2, IPV4_MIN = 20, IPV6 = 40, TCP_MIN = 20, UDP = 8, ICMP_MIN = 8;
    static final int TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86DD;
    static final int PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMPV6 = 58;
    private static final int HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, DESTINATION = 60;
    /** Extension headers that are looked behind; more of them is no honest packet. */
    private static final int EXTENSIONS_MAX = 8;
    static final int NONE = -1;

    final Packet packet;
    final Ethernet ethernet;
    final Vlan outer, inner;
    final Ipv4 ipv4;
    final Ipv6 ipv6;
    final Tcp tcp;
    final Udp udp;
    final Icmp icmp;

    /** The first EtherType that is no VLAN tag. */
    int type;
    int tags, version;
    /** Where IP stands, and what stands behind its headers; NONE where there is none. */
    int network, transport;
    /** The protocol behind IP and its extension headers. */
    int protocol;
    /** Where the IP packet ends, without Ethernet's padding. */
    int end;
    /** Some fragment; one that is not the first. */
    boolean fragment, later;
    /** The frame ends before the IP packet does. */
    boolean cut;
    /** Where the address stands that counts for checksums: the last one of a routing header. */
    int finalDestination;

    Headers(Packet packet) {
        this.packet = packet;
        ethernet = new Ethernet(this);
        outer = new Vlan(this, 0);
        inner = new Vlan(this, 1);
        ipv4 = new Ipv4(this);
        ipv6 = new Ipv6(this);
        tcp = new Tcp(this);
        udp = new Udp(this);
        icmp = new Icmp(this);
    }

    void parse() {
        tags = version = 0;
        network = transport = protocol = NONE;
        fragment = later = cut = false;
        if (packet.length() < ETHERNET) return;
        findType();
        network = ETHERNET + TAG * tags;
        if (type == TYPE_IPV4) parseIpv4();
        else if (type == TYPE_IPV6) parseIpv6();
        if (version == 0) network = NONE;
        if (later) transport = NONE;
    }

    private void findType() {
        type = packet.u16(ETHERNET - 2);
        while (tags < TAGS_MAX && isTag(type) && has(ETHERNET + TAG * tags, TAG)) type = packet.u16(ETHERNET - 2 + TAG * ++tags);
    }

    static boolean isTag(int type) {
        return type == 0x8100 || type == 0x88A8 || type == 0x9100;
    }

    boolean has(int at, int size) {
        return at + size <= packet.length();
    }

    private void parseIpv4() {
        if (!has(network, IPV4_MIN) || packet.u8(network) >> 4 != 4) return;
        int header = (packet.u8(network) & 15) * 4;
        if (header < IPV4_MIN || !has(network, header)) return;
        version = 4;
        end = endOf(packet.u16(network + 2), network);
        protocol = packet.u8(network + 9);
        int fragments = packet.u16(network + 6);
        fragment = (fragments & 0x3FFF) != 0;
        later = (fragments & 0x1FFF) != 0;
        transport = end < network + header ? NONE : network + header;
        finalDestination = network + 16;
    }

    /** A length of 0 says nothing (segmentation offload, jumbograms). */
    private int endOf(int stated, int from) {
        cut = stated != 0 && from + stated > packet.length();
        return stated == 0 || cut ? packet.length() : from + stated;
    }

    private void parseIpv6() {
        if (!has(network, IPV6) || packet.u8(network) >> 4 != 6) return;
        version = 6;
        end = endOf(packet.u16(network + 4), network + IPV6);
        protocol = packet.u8(network + 6);
        transport = network + IPV6;
        finalDestination = network + 24;
        for (int i = 0; i < EXTENSIONS_MAX && transport != NONE && !later && isExtension(protocol); i++) skipExtension();
        if (isExtension(protocol)) transport = NONE;
    }

    private static boolean isExtension(int next) {
        return next == HOP_BY_HOP || next == ROUTING || next == FRAGMENT || next == AUTHENTICATION || next == DESTINATION;
    }

    private void skipExtension() {
        int length = transport + 8 > end ? NONE : lengthOf(protocol);
        if (length == NONE || transport + length > end) {
            transport = NONE;
            return;
        }
        if (protocol == FRAGMENT) noteFragment();
        else if (protocol == ROUTING) noteRoute(length);
        protocol = packet.u8(transport);
        transport += length;
    }

    private int lengthOf(int extension) {
        int stated = packet.u8(transport + 1);
        if (extension == FRAGMENT) return 8;
        return extension == AUTHENTICATION ? (stated + 2) * 4 : (stated + 1) * 8;
    }

    private void noteFragment() {
        int word = packet.u16(transport + 2);
        fragment = (word & 0xFFF9) != 0;
        later = (word & 0xFFF8) != 0;
    }

    /** While segments are left the checksum counts the last address (RFC 8200 §8.1): types 0, 2 and 4 hold it at one end or the other. */
    private void noteRoute(int length) {
        int kind = packet.u8(transport + 2), left = packet.u8(transport + 3);
        if (left == 0 || length < 24) return;
        if (kind == 4) finalDestination = transport + 8;
        else if (kind == 0 || kind == 2) finalDestination = transport + length - 16;
    }

    boolean isTcp() {
        return transport != NONE && protocol == PROTOCOL_TCP && transport + TCP_MIN <= end && tcpLength() >= TCP_MIN && transport + tcpLength() <= end;
    }

    /** Where the transport's bytes end: UDP may say that it is shorter than its IP packet. */
    int transportEnd() {
        int stated = isUdp() ? packet.u16(transport + 4) : 0;
        return stated < UDP ? end : Math.min(transport + stated, end);
    }

    private int tcpLength() {
        return (packet.u8(transport + 12) >> 4) * 4;
    }

    boolean isUdp() {
        return transport != NONE && protocol == PROTOCOL_UDP && transport + UDP <= end;
    }

    boolean isIcmp() {
        int wanted = version == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
        return transport != NONE && protocol == wanted && transport + ICMP_MIN <= end;
    }

    /** Where the payload begins; NONE if there is no transport that is known. */
    int payload() {
        if (isTcp()) return transport + tcpLength();
        if (isUdp()) return transport + UDP;
        return isIcmp() ? transport + ICMP_MIN : NONE;
    }

    // Views; null where the packet has no such header.

    Ethernet ethernet() {
        return has(0, ETHERNET) ? ethernet : null;
    }

    Vlan vlan() {
        return tags > 0 ? outer : null;
    }

    Ipv4 ipv4() {
        return version == 4 ? placed(ipv4, network) : null;
    }

    Ipv6 ipv6() {
        return version == 6 ? placed(ipv6, network) : null;
    }

    Tcp tcp() {
        return isTcp() ? placed(tcp, transport) : null;
    }

    Udp udp() {
        return isUdp() ? placed(udp, transport) : null;
    }

    Icmp icmp() {
        return isIcmp() ? placed(icmp, transport) : null;
    }

    private static <V extends View> V placed(V view, int at) {
        view.at = at;
        return view;
    }
}
