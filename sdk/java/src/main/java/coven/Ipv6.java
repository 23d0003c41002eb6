package coven;

/** The IPv6 header. What is written changes the checksums that cover it. Addresses are 16 bytes, or text. */
public final class Ipv6 extends View {
    private static final int SOURCE = 8, DESTINATION = 24, ADDRESS = 16;

    Ipv6(Headers headers) {
        super(headers);
    }

    /** Sixteen bytes, copied. */
    public byte[] source() {
        return bytes(SOURCE, ADDRESS);
    }

    /** As RFC 5952 writes it: {@code 2001:db8::1}. */
    public String sourceText() {
        return Addresses.ofIpv6(source());
    }

    public void setSource(byte[] address) {
        putAddress(SOURCE, address);
    }

    public void setSource(String address) {
        putAddress(SOURCE, Addresses.ipv6(address));
    }

    /** Sixteen bytes, copied. */
    public byte[] destination() {
        return bytes(DESTINATION, ADDRESS);
    }

    /** As RFC 5952 writes it: {@code 2001:db8::1}. */
    public String destinationText() {
        return Addresses.ofIpv6(destination());
    }

    public void setDestination(byte[] address) {
        putAddress(DESTINATION, address);
    }

    public void setDestination(String address) {
        putAddress(DESTINATION, Addresses.ipv6(address));
    }

    /** The last one, behind extension headers. */
    public int nextHeader() {
        return packet.headers().protocol;
    }

    public int hopLimit() {
        return u8(7);
    }

    public void setHopLimit(int limit) {
        packet.put8(at + 7, bits(limit, 8, "hop limit"));
    }

    /** Differentiated services code point, 0 to 63. */
    public int dscp() {
        return u16(0) >> 6 & 63;
    }

    public void setDscp(int dscp) {
        packet.put16(at, u16(0) & 0xF03F | bits(dscp, 6, "dscp") << 6);
    }

    /** Explicit congestion notification, 0 to 3. */
    public int ecn() {
        return u16(0) >> 4 & 3;
    }

    public void setEcn(int ecn) {
        packet.put16(at, u16(0) & 0xFFCF | bits(ecn, 2, "ecn") << 4);
    }

    /** 20 bits. */
    public int flowLabel() {
        return (int) u32(0) & 0xFFFFF;
    }

    public void setFlowLabel(int label) {
        packet.put32(at, u32(0) & 0xFFF00000L | bits(label, 20, "flow label"));
    }

    /** Bytes behind the fixed header, as it says. */
    public int payloadLength() {
        return u16(4);
    }

    private void putAddress(int offset, byte[] address) {
        if (address.length != ADDRESS) throw new IllegalArgumentException("an IPv6 address has 16 bytes, not " + address.length);
        Headers now = packet.headers();
        boolean counts = offset == SOURCE || now.finalDestination == at + DESTINATION;
        for (int i = 0; i < ADDRESS; i += 2) Checksum.address16(now, at + offset + i, (address[i] & 0xFF) << 8 | address[i + 1] & 0xFF, counts);
    }
}
