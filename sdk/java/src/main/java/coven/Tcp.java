package coven;

/** The TCP header. What is written changes its checksum. */
public final class Tcp extends View {
    private static final int SEQUENCE = 4, ACKNOWLEDGMENT = 8, FLAGS = 12, WINDOW = 14;

    Tcp(Headers headers) {
        super(headers);
    }

    public int sourcePort() {
        return u16(0);
    }

    public void setSourcePort(int port) {
        put(0, bits(port, 16, "source port"));
    }

    public int destinationPort() {
        return u16(2);
    }

    public void setDestinationPort(int port) {
        put(2, bits(port, 16, "destination port"));
    }

    /** 0 to 2^32 - 1. */
    public long sequence() {
        return u32(SEQUENCE);
    }

    public void setSequence(long sequence) {
        put32(SEQUENCE, sequence);
    }

    /** 0 to 2^32 - 1. */
    public long acknowledgment() {
        return u32(ACKNOWLEDGMENT);
    }

    public void setAcknowledgment(long acknowledgment) {
        put32(ACKNOWLEDGMENT, acknowledgment);
    }

    /** Eight bits, from CWR to FIN. */
    public int flags() {
        return u8(FLAGS + 1);
    }

    public void setFlags(int flags) {
        put(FLAGS, u16(FLAGS) & 0xFF00 | bits(flags, 8, "flags"));
    }

    public boolean fin() {
        return (flags() & 1) != 0;
    }

    public boolean syn() {
        return (flags() & 2) != 0;
    }

    public boolean rst() {
        return (flags() & 4) != 0;
    }

    public boolean psh() {
        return (flags() & 8) != 0;
    }

    public boolean ack() {
        return (flags() & 16) != 0;
    }

    public boolean urg() {
        return (flags() & 32) != 0;
    }

    public int window() {
        return u16(WINDOW);
    }

    public void setWindow(int window) {
        put(WINDOW, bits(window, 16, "window"));
    }

    /** Bytes, options included. */
    public int headerLength() {
        return (u8(FLAGS) >> 4) * 4;
    }

    private void put(int offset, int value) {
        Checksum.transport16(packet.headers(), at + offset, value);
    }

    private void put32(int offset, long value) {
        put(offset, (int) (value >>> 16) & 0xFFFF);
        put(offset + 2, (int) value & 0xFFFF);
    }
}
