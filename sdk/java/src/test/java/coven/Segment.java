package coven;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A channel of a test: two slots, 64 frames, rings of 16 entries, and bells; removed by `close`. */
final class Segment implements AutoCloseable {
    static final int FRAMES = 64, FRAME_SIZE = 2048, PAGE = Layout.CHANNEL_PAGE;
    private static final int RING = 1024, RINGS = 16, SLOTS = PAGE, RING_AREA = 3 * PAGE, META = RING_AREA + RINGS * RING, OWN = META + PAGE, POOL = OWN + PAGE;

    final Path folder, file;
    final ByteBuffer bytes;

    Segment() throws IOException, InterruptedException {
        folder = Files.createTempDirectory("coven-java");
        file = folder.resolve("segment");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            bytes = channel.map(FileChannel.MapMode.READ_WRITE, 0, POOL + (long) FRAMES * FRAME_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        }
        for (int slot = 0; slot < 2; slot++) new ProcessBuilder("mkfifo", folder.resolve("bell." + slot).toString()).start().waitFor();
        writeHeader();
    }

    private void writeHeader() {
        bytes.putLong(Layout.HEADER_OFF_MAGIC, Layout.CHANNEL_MAGIC);
        bytes.putShort(Layout.HEADER_OFF_MAJOR, (short) Layout.CHANNEL_MAJOR);
        bytes.putInt(Layout.HEADER_OFF_HEADER_LEN, PAGE);
        bytes.putLong(Layout.HEADER_OFF_SEGMENT_SIZE, bytes.capacity());
        bytes.putInt(Layout.HEADER_OFF_FRAME_COUNT, FRAMES);
        bytes.putInt(Layout.HEADER_OFF_FRAME_SIZE, FRAME_SIZE);
        bytes.putInt(Layout.HEADER_OFF_DATA_OFFSET, 320);
        bytes.putInt(Layout.HEADER_OFF_SLOT_COUNT, 2);
        bytes.putInt(Layout.HEADER_OFF_SLOT_STRIDE, PAGE);
        bytes.putLong(Layout.HEADER_OFF_OFF_SLOTS, SLOTS);
        bytes.putLong(Layout.HEADER_OFF_OFF_RINGS, RING_AREA);
        bytes.putLong(Layout.HEADER_OFF_RINGS_LEN, RINGS * RING);
        bytes.putLong(Layout.HEADER_OFF_OFF_META, META);
        bytes.putLong(Layout.HEADER_OFF_OFF_OWN, OWN);
        bytes.putLong(Layout.HEADER_OFF_OFF_POOL, POOL);
    }

    /** Edge `id` as entry `index` of the table of `epoch`, on ring number `id`; returns where the entry stands. */
    int edge(int epoch, int index, int role, int id, int output, int lane) {
        int at = SLOTS + PAGE + Layout.SLOT_OFF_EDGES + (epoch & 1) * Layout.LIMITS_EDGES_MAX * Layout.EDGE_SIZE + index * Layout.EDGE_SIZE;
        for (int i = 0; i < Layout.EDGE_SIZE; i++) bytes.put(at + i, (byte) 0);
        boolean back = role == Layout.ROLE_RETURN;
        bytes.putInt(at + Layout.EDGE_OFF_RING, ring(id) / Layout.CHANNEL_RING_UNIT);
        bytes.putShort(at + Layout.EDGE_OFF_ID, (short) id);
        bytes.put(at + Layout.EDGE_OFF_ROLE, (byte) role);
        bytes.putShort(at + Layout.EDGE_OFF_OUTPUT, (short) output);
        bytes.put(at + Layout.EDGE_OFF_CAP_LOG2, (byte) (back ? 6 : 4));
        bytes.put(at + Layout.EDGE_OFF_LANE, (byte) lane);
        bytes.putInt(at + Layout.EDGE_OFF_LIMIT, back ? 64 : 8);
        bytes.put(at + Layout.EDGE_SIZE + Layout.EDGE_OFF_ROLE, (byte) 0);
        return at;
    }

    static int ring(int id) {
        return RING_AREA + id * RING;
    }

    /** The producer's part: put descriptors on ring `id`. */
    void put(int id, long... descriptors) {
        int head = bytes.getInt(ring(id) + Layout.RING_OFF_HEAD);
        for (long descriptor : descriptors) bytes.putLong(ring(id) + Layout.RING_OFF_SLOTS + 8 * (head++ & 15), descriptor);
        bytes.putInt(ring(id) + Layout.RING_OFF_HEAD, head);
    }

    /** How many were put on ring `id` so far. */
    int head(int id) {
        return bytes.getInt(ring(id) + Layout.RING_OFF_HEAD);
    }

    long entry(int id, int cursor) {
        return bytes.getLong(ring(id) + Layout.RING_OFF_SLOTS + 8 * cursor);
    }

    void take(int id, int count) {
        int at = ring(id) + Layout.RING_OFF_TAIL;
        bytes.putInt(at, bytes.getInt(at) + count);
    }

    void order(int epoch) {
        bytes.putInt(slot(Layout.SLOT_OFF_WANT_EPOCH), epoch);
    }

    int own(int offset) {
        return bytes.getInt(slot(offset));
    }

    private static int slot(int offset) {
        return SLOTS + PAGE + offset;
    }

    long owner(int frame) {
        return bytes.getLong(OWN + 8 * frame);
    }

    void flow(int frame, int hash) {
        bytes.putInt(META + Layout.META_SIZE * frame + Layout.META_OFF_FLOW_HASH, hash);
    }

    static long descriptor(int frame, int length) {
        return frame | 7L << Layout.DESCRIPTOR_GENERATION_SHIFT | 320L << Layout.DESCRIPTOR_OFFSET_SHIFT | (long) length << Layout.DESCRIPTOR_LENGTH_SHIFT;
    }

    Channel attach() throws Refusal {
        return new Channel(file.toString(), 1, folder.toString());
    }

    @Override
    public void close() throws IOException {
        for (String name : new String[] {"segment", "bell.0", "bell.1"}) Files.deleteIfExists(folder.resolve(name));
        Files.delete(folder);
    }
}
