package coven;

/** The UDP header. What is written changes its checksum; one of 0 over IPv4 stays 0. */
public final class Udp extends View {
    Udp(Headers headers) {
        super(headers);
    }

    public int sourcePort() {
        return u16(0);
    }

    public void setSourcePort(int port) {
        Checksum.transport16(packet.headers(), at, bits(port, 16, "source port"));
    }

    public int destinationPort() {
        return u16(2);
    }

    public void setDestinationPort(int port) {
        Checksum.transport16(packet.headers(), at + 2, bits(port, 16, "destination port"));
    }

    /** Bytes, header included, as it says. */
    public int length() {
        return u16(4);
    }
}
