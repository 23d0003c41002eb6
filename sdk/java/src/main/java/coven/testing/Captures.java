package coven.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads captures: pcap in both byte orders and resolutions, and pcapng. */
final class Captures {
    /** A packet and its time, ns since 1970. */
    record Captured(byte[] bytes, long timeNs) {}

    private static final long SECOND = 1_000_000_000L;
    private static final int PCAP_US = 0xA1B2C3D4, PCAP_NS = 0xA1B23C4D, SECTION = 0x0A0D0D0A, ORDER = 0x1A2B3C4D;
    private static final int INTERFACE = 1, SIMPLE = 3, ENHANCED = 6, LINK_ETHERNET = 1, OPTION_RESOLUTION = 9;

    private final Path file;
    private final ByteBuffer in;
    private final List<Captured> packets = new ArrayList<>();
    /** Units a second of each interface of a pcapng section. */
    private final List<Long> resolutions = new ArrayList<>();

    private Captures(Path file) throws IOException {
        this.file = file;
        in = ByteBuffer.wrap(Files.readAllBytes(file));
    }

    static List<Captured> read(Path file) throws IOException {
        Captures captures = new Captures(file);
        captures.read();
        return captures.packets;
    }

    private IOException bad(String what) {
        return new IOException(file + ", byte " + in.position() + ": " + what);
    }

    private void read() throws IOException {
        if (in.remaining() < 24) throw bad("too short for a capture");
        if (in.getInt(0) == SECTION) {
            while (in.hasRemaining()) block();
            return;
        }
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            int magic = in.order(order).getInt(0);
            if (magic == PCAP_US || magic == PCAP_NS) {
                records(magic == PCAP_NS ? 1 : 1000);
                return;
            }
        }
        throw bad("neither a pcap nor a pcapng capture");
    }

    private void records(int unit) throws IOException {
        checkLink(in.getInt(20) & 0xFFFF);
        in.position(24);
        while (in.remaining() >= 16) {
            long time = (in.getInt() & 0xFFFFFFFFL) * SECOND + (in.getInt() & 0xFFFFFFFFL) * unit;
            int length = in.getInt();
            in.getInt();
            add(length, time);
        }
        if (in.hasRemaining()) throw bad("ends within a packet");
    }

    private void checkLink(int link) throws IOException {
        if (link != LINK_ETHERNET) throw bad("link type " + link + ", not Ethernet");
    }

    private void add(int length, long time) throws IOException {
        if (length < 0 || length > in.remaining()) throw bad("ends within a packet");
        byte[] bytes = new byte[length];
        in.get(bytes);
        packets.add(new Captured(bytes, time));
    }

    private void block() throws IOException {
        int start = in.position();
        if (in.remaining() < 12) throw bad("ends within a block");
        if (in.getInt(start) == SECTION) section(start);
        int type = in.getInt(start), length = in.getInt(start + 4);
        if (length < 12 || length % 4 != 0 || length > in.remaining()) throw bad("a block of " + length + " bytes");
        int limit = in.limit();
        in.position(start + 8).limit(start + length - 4);
        if (in.remaining() < leastOf(type)) throw bad("a block of " + length + " bytes is too short for its type, " + type);
        body(type);
        in.limit(limit).position(start + length);
    }

    private void section(int start) throws IOException {
        in.order(in.order(ByteOrder.LITTLE_ENDIAN).getInt(start + 8) == ORDER ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        if (in.getInt(start + 8) != ORDER) throw bad("a section without a byte order");
        resolutions.clear();
    }

    private static int leastOf(int type) {
        return type == INTERFACE ? 8 : type == ENHANCED ? 20 : type == SIMPLE ? 4 : 0;
    }

    private void body(int type) throws IOException {
        if (type == INTERFACE) face();
        else if (type == ENHANCED) enhanced();
        else if (type == SIMPLE) add(Math.min(in.getInt(), in.remaining()), 0);
    }

    private void face() throws IOException {
        checkLink(in.getShort() & 0xFFFF);
        in.position(in.position() + 6);
        long units = 1_000_000;
        while (in.remaining() >= 4) {
            int option = in.getShort() & 0xFFFF, length = in.getShort() & 0xFFFF;
            if (option == 0 || length > in.remaining()) break;
            if (option == OPTION_RESOLUTION && length > 0) units = unitsOf(in.get(in.position()));
            in.position(Math.min(in.position() + (length + 3 & ~3), in.limit()));
        }
        resolutions.add(units);
    }

    private static long unitsOf(byte resolution) {
        int exponent = resolution & 0x7F;
        if (resolution < 0) return 1L << Math.min(exponent, 62);
        return Math.round(Math.pow(10, Math.min(exponent, 18)));
    }

    private void enhanced() throws IOException {
        int face = in.getInt();
        if (face < 0 || face >= resolutions.size()) throw bad("a packet of interface " + face + ", which is not described");
        long units = resolutions.get(face), stamp = in.getInt() & 0xFFFFFFFFL;
        stamp = stamp << 32 | in.getInt() & 0xFFFFFFFFL;
        int length = in.getInt();
        in.getInt();
        add(length, stamp / units * SECOND + Math.round((double) (stamp % units) * SECOND / units));
    }
}
