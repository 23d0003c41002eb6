package coven;

/** Internet checksums in place: by the difference (RFC 1624), and anew. */
final class Checksum {
    private static final int TCP_AT = 16, UDP_AT = 6, ICMP_AT = 2, IPV4_AT = 10;

    private Checksum() {}

    private static int fold(long sum) {
        long folded = sum;
        while (folded >>> 16 != 0) folded = (folded & 0xFFFF) + (folded >>> 16);
        return (int) folded;
    }

    /** HC' = ~(~HC + ~m + m'), RFC 1624 §3. */
    static int changed(int checksum, int was, int now) {
        return ~fold((~checksum & 0xFFFFL) + (~was & 0xFFFF) + now) & 0xFFFF;
    }

    /** Writes 16 bits of an IPv4 header. */
    static void network16(Headers headers, int at, int value) {
        Packet packet = headers.packet;
        int was = packet.u16(at), field = headers.network + IPV4_AT;
        packet.put16(at, value);
        packet.put16(field, changed(packet.u16(field), was, value));
    }

    /** Writes 16 bits of an address that the transport's pseudo header holds. */
    static void address16(Headers headers, int at, int value, boolean counts) {
        int was = headers.packet.u16(at);
        if (headers.version == 4) network16(headers, at, value);
        else headers.packet.put16(at, value);
        int field = counts ? field(headers) : Headers.NONE;
        if (field != Headers.NONE && headers.protocol != Headers.PROTOCOL_ICMP) transport(headers, field, was, value, true);
    }

    /** Writes 16 bits of the transport's own header. */
    static void transport16(Headers headers, int at, int value) {
        int was = headers.packet.u16(at), field = field(headers);
        headers.packet.put16(at, value);
        if (field != Headers.NONE) transport(headers, field, was, value, false);
    }

    /** Where the transport's checksum stands, or NONE. */
    private static int field(Headers headers) {
        if (headers.isTcp()) return headers.transport + TCP_AT;
        if (headers.isUdp()) return headers.transport + UDP_AT;
        return headers.isIcmp() ? headers.transport + ICMP_AT : Headers.NONE;
    }

    private static void transport(Headers headers, int field, int was, int now, boolean pseudo) {
        Packet packet = headers.packet;
        int checksum = packet.u16(field);
        if (packet.isPartial()) {
            if (pseudo) packet.put16(field, fold((long) checksum + (~was & 0xFFFF) + now));
            return;
        }
        boolean udp = headers.protocol == Headers.PROTOCOL_UDP;
        if (udp && checksum == 0 && headers.version == 4) return;
        int changed = changed(checksum, was, now);
        packet.put16(field, udp && changed == 0 ? 0xFFFF : changed);
    }

    // Anew.

    static boolean update(Headers headers) {
        if (headers.version == 4) updateIpv4(headers);
        int field = headers.fragment || headers.cut ? Headers.NONE : field(headers);
        if (field == Headers.NONE) return false;
        updateTransport(headers, field);
        return true;
    }

    private static void updateIpv4(Headers headers) {
        int at = headers.network + IPV4_AT;
        headers.packet.put16(at, 0);
        headers.packet.put16(at, ~fold(sum(headers.packet, headers.network, headers.ipv4().headerLength())) & 0xFFFF);
    }

    private static void updateTransport(Headers headers, int field) {
        Packet packet = headers.packet;
        boolean udp = headers.protocol == Headers.PROTOCOL_UDP;
        if (udp && headers.version == 4 && packet.u16(field) == 0) return;
        long pseudo = headers.protocol == Headers.PROTOCOL_ICMP ? 0 : pseudo(headers);
        if (packet.isPartial()) {
            packet.put16(field, fold(pseudo));
            return;
        }
        packet.put16(field, 0);
        int checksum = ~fold(pseudo + sum(packet, headers.transport, headers.transportEnd() - headers.transport)) & 0xFFFF;
        packet.put16(field, udp && checksum == 0 ? 0xFFFF : checksum);
    }

    private static long pseudo(Headers headers) {
        int size = headers.version == 4 ? 4 : 16, source = headers.network + (size == 4 ? 12 : 8);
        long addresses = sum(headers.packet, source, size) + sum(headers.packet, headers.finalDestination, size);
        return addresses + headers.protocol + (headers.transportEnd() - headers.transport);
    }

    private static long sum(Packet packet, int at, int count) {
        long sum = 0;
        int i = 0;
        for (; i + 1 < count; i += 2) sum += packet.u16(at + i);
        return i < count ? sum + (packet.u8(at + i) << 8) : sum;
    }
}
