package coven;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The capture of packets that the function failed on: COVEN_FAILURES/NAME.pcap, at most 64 packets and 1 MiB, whoever began it (spec/sdk.md). */
final class FailureCapture {
    private static final int MAGIC_NS = 0xA1B23C4D, HEADER = 24, RECORD = 16, PACKETS_MAX = 64, BYTES_MAX = 1 << 20, LINK_ETHERNET = 1;
    private static final long SECOND = 1_000_000_000L;

    private final Path file;
    /** Why no more is kept. */
    private String over;

    FailureCapture(String folder, String name) {
        file = folder == null ? null : Path.of(folder, name.replace('/', '_') + ".pcap");
    }

    /** Adds the packet; returns what the report says of it, or nothing. */
    String keep(Packet packet) {
        if (file == null || packet.meta < 0) return "";
        if (over != null) return over;
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (out.size() < HEADER) out.write(header(), 0);
            int number = count(out) + 1;
            if (number > PACKETS_MAX || out.size() + RECORD + packet.length > BYTES_MAX) return over = "; " + file + " is full";
            ByteBuffer record = record(packet);
            out.write(record, out.size());
            return "; packet " + number + " of " + file;
        } catch (IOException error) {
            return over = "; no capture is kept: " + file + ": " + Reasons.of(error);
        }
    }

    private static ByteBuffer header() {
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        return header.putInt(MAGIC_NS).putShort((short) 2).putShort((short) 4).putLong(0).putInt(65535).putInt(LINK_ETHERNET).flip();
    }

    private static ByteBuffer record(Packet packet) {
        ByteBuffer record = ByteBuffer.allocate(RECORD + packet.length).order(ByteOrder.LITTLE_ENDIAN);
        long time = packet.timeNs();
        record.putInt((int) Long.divideUnsigned(time, SECOND)).putInt((int) Long.remainderUnsigned(time, SECOND)).putInt(packet.length).putInt(packet.length);
        return record.put(packet.data()).flip();
    }

    private static int count(FileChannel in) throws IOException {
        ByteBuffer length = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        int count = 0;
        for (long at = HEADER; at + RECORD <= in.size() && count < PACKETS_MAX; count++) {
            in.read(length.clear(), at + 8);
            at += RECORD + Math.max(length.getInt(0), 0);
        }
        return count;
    }
}
