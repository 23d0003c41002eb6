package coven;

import static coven.Tests.equal;
import static coven.Tests.refused;
import static coven.Tests.test;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/** What is refused before anything is mapped, and bells. */
final class ChannelTest {
    private ChannelTest() {}

    private static void refusedFor(String part, Consumer<Segment> harm) {
        test("channel: refused: " + part, () -> {
            try (Segment segment = new Segment()) {
                harm.accept(segment);
                refused(Refusal.class, part, segment::attach);
            }
        });
    }

    static void run() {
        refusedFor("not a COVEN channel", segment -> segment.bytes.putLong(0, 1));
        refusedFor("version 9, but this library speaks " + Layout.CHANNEL_MAJOR, segment -> segment.bytes.putShort(Layout.HEADER_OFF_MAJOR, (short) 9));
        refusedFor("requires features 0x100", segment -> segment.bytes.putLong(Layout.HEADER_OFF_FEATURES_REQUIRED, 0x100));
        refusedFor("shorter than version 1.0", segment -> segment.bytes.putInt(Layout.HEADER_OFF_HEADER_LEN, 8));
        refusedFor("the number of frames is 0", segment -> segment.bytes.putInt(Layout.HEADER_OFF_FRAME_COUNT, 0));
        refusedFor("the number of slots is 4294967295", segment -> segment.bytes.putInt(Layout.HEADER_OFF_SLOT_COUNT, -1));
        refusedFor("the frames (131072 bytes at 18446744073709547520) do not fit", segment -> segment.bytes.putLong(Layout.HEADER_OFF_OFF_POOL, -4096));
        refusedFor("slots and rings overlap", segment -> segment.bytes.putLong(Layout.HEADER_OFF_OFF_RINGS, 4096));
        refusedFor("the segment has 18446744073709551615 bytes, the file", segment -> segment.bytes.putLong(Layout.HEADER_OFF_SEGMENT_SIZE, -1));
        tooLarge();
        bells();
        test("channel: counters and heartbeat go on where the slot's last process stopped", () -> {
            try (Segment segment = new Segment()) {
                Channel first = segment.attach();
                first.count(Layout.COUNTER_BURSTS, 5);
                first.beat();
                Channel second = segment.attach();
                second.beat();
                equal(second.counter(Layout.COUNTER_BURSTS), 5L);
                equal(second.heartbeat(), 2L);
            }
        });
    }

    private static void tooLarge() {
        test("channel: more than Java maps is refused with advice", () -> {
            try (Segment segment = new Segment(); FileChannel file = FileChannel.open(segment.file, StandardOpenOption.WRITE)) {
                long size = 3L << 30;
                file.write(java.nio.ByteBuffer.allocate(1), size - 1); // sparse
                segment.bytes.putLong(Layout.HEADER_OFF_SEGMENT_SIZE, size);
                refused(Refusal.class, "the segment has 3221225472 bytes, but Java maps at most 2147483647", segment::attach);
            }
        });
    }

    private static void bells() {
        test("bells: one byte however often it rings, and none that nobody sent", () -> {
            try (Segment segment = new Segment()) {
                Bells bells = segment.attach().bells;
                for (int i = 0; i < 100_000; i++) bells.ring(1); // more than a pipe holds
                bells.sleep();
                bells.drain(); // would wait if it could
                bells.ring(1);
                bells.drain();
            }
        });
        test("bells: this process wakes itself, though somebody has cleared the park word and not rung", () -> {
            try (Segment segment = new Segment()) {
                Channel channel = segment.attach();
                Thread sleeper = new Thread(channel.bells::sleep);
                sleeper.setDaemon(true);
                sleeper.start();
                channel.park();
                channel.unpark();
                channel.wakeSelf();
                sleeper.join(20_000);
                equal(sleeper.isAlive(), false);
            }
        });
        test("bells: a file in the place of a FIFO is refused, and none is made", () -> {
            try (Segment segment = new Segment()) {
                Files.delete(segment.folder.resolve("bell.0"));
                refused(Refusal.class, "bell.0: no FIFO that can be opened", segment::attach);
                equal(Files.exists(segment.folder.resolve("bell.0")), false);
                Files.createFile(segment.folder.resolve("bell.0"));
                refused(Refusal.class, "bell.0: no FIFO that can be opened", segment::attach);
            }
        });
    }
}
