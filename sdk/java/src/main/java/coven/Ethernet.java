package coven;

/** The Ethernet header. */
public final class Ethernet extends View {
    private static final int ADDRESS = 6;

    Ethernet(Headers headers) {
        super(headers);
    }

    /** Six bytes, copied. */
    public byte[] destination() {
        return bytes(0, ADDRESS);
    }

    /** As {@code 02:00:00:00:00:01}. */
    public String destinationText() {
        return Addresses.ofLink(destination());
    }

    /** Six bytes. */
    public void setDestination(byte[] address) {
        put(0, address);
    }

    /** As {@code 02:00:00:00:00:01}. */
    public void setDestination(String address) {
        put(0, Addresses.link(address));
    }

    /** Six bytes, copied. */
    public byte[] source() {
        return bytes(ADDRESS, ADDRESS);
    }

    /** As {@code 02:00:00:00:00:01}. */
    public String sourceText() {
        return Addresses.ofLink(source());
    }

    /** Six bytes. */
    public void setSource(byte[] address) {
        put(ADDRESS, address);
    }

    /** As {@code 02:00:00:00:00:01}. */
    public void setSource(String address) {
        put(ADDRESS, Addresses.link(address));
    }

    /** The first EtherType that is no VLAN tag. */
    public int type() {
        return packet.headers().type;
    }

    private void put(int offset, byte[] address) {
        if (address.length != ADDRESS) throw new IllegalArgumentException("an Ethernet address has 6 bytes, not " + address.length);
        for (int i = 0; i < ADDRESS; i++) packet.put8(at + offset + i, address[i]);
    }
}
