package coven;

/** The IPv4 header. What is written changes the checksums that cover it. Numbers; addresses as 32-bit numbers or text. */
public final class Ipv4 extends View {
    private static final int IDENTIFICATION = 4, FRAGMENTS = 6, TTL = 8, SOURCE = 12, DESTINATION = 16;

    Ipv4(Headers headers) {
        super(headers);
    }

    public long source() {
        return u32(SOURCE);
    }

    /** As {@code 192.0.2.1}. */
    public String sourceText() {
        return Addresses.ofIpv4(source());
    }

    public void setSource(long address) {
        putAddress(SOURCE, address);
    }

    /** As {@code 192.0.2.1}. */
    public void setSource(String address) {
        putAddress(SOURCE, Addresses.ipv4(address));
    }

    public long destination() {
        return u32(DESTINATION);
    }

    /** As {@code 192.0.2.1}. */
    public String destinationText() {
        return Addresses.ofIpv4(destination());
    }

    public void setDestination(long address) {
        putAddress(DESTINATION, address);
    }

    /** As {@code 192.0.2.1}. */
    public void setDestination(String address) {
        putAddress(DESTINATION, Addresses.ipv4(address));
    }

    public int protocol() {
        return u8(9);
    }

    public int ttl() {
        return u8(TTL);
    }

    public void setTtl(int ttl) {
        put(TTL, bits(ttl, 8, "ttl") << 8 | u16(TTL) & 0xFF);
    }

    /** Differentiated services code point, 0 to 63. */
    public int dscp() {
        return u8(1) >> 2;
    }

    public void setDscp(int dscp) {
        put(0, u16(0) & 0xFF03 | bits(dscp, 6, "dscp") << 2);
    }

    /** Explicit congestion notification, 0 to 3. */
    public int ecn() {
        return u8(1) & 3;
    }

    public void setEcn(int ecn) {
        put(0, u16(0) & 0xFFFC | bits(ecn, 2, "ecn"));
    }

    public int identification() {
        return u16(IDENTIFICATION);
    }

    public void setIdentification(int identification) {
        put(IDENTIFICATION, bits(identification, 16, "identification"));
    }

    /** Bytes, as the header says. */
    public int totalLength() {
        return u16(2);
    }

    /** Bytes, options included. */
    public int headerLength() {
        return (u8(0) & 15) * 4;
    }

    public boolean dontFragment() {
        return (u16(FRAGMENTS) & 0x4000) != 0;
    }

    public boolean moreFragments() {
        return (u16(FRAGMENTS) & 0x2000) != 0;
    }

    /** In units of eight bytes. */
    public int fragmentOffset() {
        return u16(FRAGMENTS) & 0x1FFF;
    }

    private void put(int offset, int value) {
        Checksum.network16(packet.headers(), at + offset, value);
    }

    private void putAddress(int offset, long address) {
        if (address >>> 32 != 0) throw new IllegalArgumentException("an IPv4 address has 32 bits: " + address);
        Headers now = packet.headers();
        Checksum.address16(now, at + offset, (int) (address >>> 16), true);
        Checksum.address16(now, at + offset + 2, (int) address & 0xFFFF, true);
    }
}
