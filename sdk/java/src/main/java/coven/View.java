package coven;

/** A header in place. Like its packet it is good until the function returns, and used again. */
abstract class View {
    final Headers headers;
    final Packet packet;
    /** Where it stands in the packet. */
    int at;

    View(Headers headers) {
        this.headers = headers;
        packet = headers.packet;
    }

    final int u8(int offset) {
        return packet.u8(at + offset);
    }

    final int u16(int offset) {
        return packet.u16(at + offset);
    }

    final long u32(int offset) {
        return packet.u32(at + offset);
    }

    final byte[] bytes(int offset, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) bytes[i] = (byte) u8(offset + i);
        return bytes;
    }

    final int bits(int value, int bits, String field) {
        if (value < 0 || value >>> bits != 0) throw new IllegalArgumentException(field + " is " + value + ": it has " + bits + " bits");
        return value;
    }
}
