package coven;

/**
 * The flow of a packet: protocol, addresses and ports, to compare, to hash and to print. Ports are 0 where there are none; fragments have none.
 * It stays good after the packet has gone on.
 */
public final class Flow {
    private static final long ODD = 0x9E3779B97F4A7C15L;

    /** So that nobody outside can choose flows that meet in one bucket. */
    private static final long SALT = new java.util.SplittableRandom().nextLong();

    private int version, protocol, sourcePort, destinationPort;
    private boolean ports;
    /** Halves of the addresses; of IPv4 the second alone. */
    private long source, sourceLow, destination, destinationLow;

    Flow() {}

    /** False, and nothing changed, where there is no IP. */
    boolean read(Headers headers) {
        if (headers.version == 0) return false;
        Packet packet = headers.packet;
        version = headers.version;
        protocol = headers.protocol;
        if (version == 4) readIpv4(packet, headers.network);
        else readIpv6(packet, headers.network);
        ports = !headers.fragment && (headers.isTcp() || headers.isUdp());
        sourcePort = ports ? packet.u16(headers.transport) : 0;
        destinationPort = ports ? packet.u16(headers.transport + 2) : 0;
        return true;
    }

    private void readIpv4(Packet packet, int at) {
        source = destination = 0;
        sourceLow = packet.u32(at + 12);
        destinationLow = packet.u32(at + 16);
    }

    private void readIpv6(Packet packet, int at) {
        source = packet.u64(at + 8);
        sourceLow = packet.u64(at + 16);
        destination = packet.u64(at + 24);
        destinationLow = packet.u64(at + 32);
    }

    Flow set(Flow other) {
        version = other.version;
        protocol = other.protocol;
        ports = other.ports;
        sourcePort = other.sourcePort;
        destinationPort = other.destinationPort;
        source = other.source;
        sourceLow = other.sourceLow;
        destination = other.destination;
        destinationLow = other.destinationLow;
        return this;
    }

    /** The other direction of the same conversation. */
    public Flow reversed() {
        Flow back = new Flow().set(this);
        back.source = destination;
        back.sourceLow = destinationLow;
        back.destination = source;
        back.destinationLow = sourceLow;
        back.sourcePort = destinationPort;
        back.destinationPort = sourcePort;
        return back;
    }

    /** Behind IPv6's extension headers; 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6. */
    public int protocol() {
        return protocol;
    }

    /** Four or 16 bytes. */
    public byte[] source() {
        return bytes(source, sourceLow);
    }

    public String sourceText() {
        return text(source, sourceLow);
    }

    /** Four or 16 bytes. */
    public byte[] destination() {
        return bytes(destination, destinationLow);
    }

    public String destinationText() {
        return text(destination, destinationLow);
    }

    public int sourcePort() {
        return sourcePort;
    }

    public int destinationPort() {
        return destinationPort;
    }

    private byte[] bytes(long high, long low) {
        byte[] address = new byte[version == 4 ? 4 : 16];
        for (int i = 0; i < address.length; i++) {
            int fromEnd = address.length - 1 - i;
            address[i] = (byte) ((fromEnd < 8 ? low : high) >>> 8 * (fromEnd % 8));
        }
        return address;
    }

    private String text(long high, long low) {
        return version == 4 ? Addresses.ofIpv4(low) : Addresses.ofIpv6(bytes(high, low));
    }

    private static long mix(long value) {
        long x = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
        return x ^ x >>> 31;
    }

    private static long end(long high, long low, int port) {
        return mix(low + mix(high + port * ODD + SALT));
    }

    private int hash(long one, long other) {
        return (int) (mix(one + other + protocol) >>> 32);
    }

    /** The same for both directions. */
    int symmetricHash() {
        return hash(end(source, sourceLow, sourcePort), end(destination, destinationLow, destinationPort));
    }

    @Override
    public int hashCode() {
        return hash(end(source, sourceLow, sourcePort), ODD * end(destination, destinationLow, destinationPort));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Flow flow && isSame(flow);
    }

    boolean isSame(Flow o) {
        return isAlike(o) && sourceLow == o.sourceLow && destinationLow == o.destinationLow && source == o.source && destination == o.destination
            && sourcePort == o.sourcePort && destinationPort == o.destinationPort;
    }

    boolean isReverse(Flow o) {
        return isAlike(o) && sourceLow == o.destinationLow && destinationLow == o.sourceLow && source == o.destination && destination == o.source
            && sourcePort == o.destinationPort && destinationPort == o.sourcePort;
    }

    private boolean isAlike(Flow other) {
        return protocol == other.protocol && version == other.version;
    }

    /** As {@code tcp 10.0.0.1:40000 > 192.0.2.7:443}; without ports where there are none. */
    @Override
    public String toString() {
        return name() + " " + end(sourceText(), sourcePort) + " > " + end(destinationText(), destinationPort);
    }

    private String name() {
        return switch (protocol) {
            case Headers.PROTOCOL_ICMP -> "icmp";
            case Headers.PROTOCOL_TCP -> "tcp";
            case Headers.PROTOCOL_UDP -> "udp";
            case Headers.PROTOCOL_ICMPV6 -> "icmp6";
            default -> Integer.toString(protocol);
        };
    }

    private String end(String address, int port) {
        if (!ports) return address;
        return version == 4 ? address + ":" + port : "[" + address + "]:" + port;
    }
}
