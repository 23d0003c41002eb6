package coven;

import static coven.Tests.equal;
import static coven.Tests.refused;
import static coven.Tests.test;

import java.io.IOException;

/** Descriptors, owner words, full edges and cursors that can't be (spec/channel.md §2, §5 and §6). */
final class TransferTest {
    private TransferTest() {}

    private static final class Fixture implements AutoCloseable {
        final Segment segment;
        final Channel channel;
        final Transfer transfer;
        final Packet[] packets = new Packet[8];

        Fixture(Segment segment) throws Exception {
            this.segment = segment;
            channel = segment.attach();
            transfer = new Transfer(channel, channel.firstEpoch());
            for (int i = 0; i < packets.length; i++) packets[i] = new Packet(channel.frames, transfer, false);
        }

        void pass() {
            transfer.finish(packets, transfer.take(packets));
        }

        @Override
        public void close() throws IOException {
            segment.close();
        }
    }

    static void run() {
        for (int peer : new int[] {1, 0}) ownerWord(peer);
        badDescriptors();
        test("transfer: a head that can't be takes nothing", () -> {
            try (Fixture f = new Fixture(TableTest.usual())) {
                f.segment.bytes.putInt(Segment.ring(1) + Layout.RING_OFF_HEAD, 17);
                equal(f.transfer.take(f.packets), 0);
                equal(f.transfer.hasNews(), false);
                equal(f.segment.own(Layout.SLOT_OFF_ERROR), Layout.ERROR_BAD_CURSOR);
            }
        });
        full();
        test("transfer: a packet that has gone on shows nothing", () -> {
            try (Fixture f = new Fixture(TableTest.usual())) {
                f.segment.put(1, Segment.descriptor(0, 60));
                f.pass();
                Packet gone = f.packets[0];
                for (Tests.Body use : new Tests.Body[] {() -> gone.u8(0), () -> gone.context(0), gone::mark, gone::data, gone::copy, () -> gone.growFront(1)})
                    refused(IllegalStateException.class, "this packet has gone on", use);
                refused(IllegalStateException.class, "only a packet from", () -> gone.send(Verdict.DROP));
            }
        });
    }

    private static void ownerWord(int peer) {
        test("transfer: a packet goes on to " + (peer == 0 ? "the engine without an owner word" : "a component with its owner word"), () -> {
            Segment segment = TableTest.usual();
            segment.bytes.put(segment.edge(0, 1, Layout.ROLE_OUT, 2, 0, 0) + Layout.EDGE_OFF_PEER, (byte) peer);
            segment.edge(0, 2, Layout.ROLE_RETURN, 3, 0, 0);
            try (Fixture f = new Fixture(segment)) {
                f.segment.put(1, Segment.descriptor(5, 60));
                f.pass();
                equal(f.segment.entry(2, 0), Segment.descriptor(5, 60));
                equal(f.segment.owner(5), peer == 0 ? 0L : 2L << 40 | 7L << 32);
            }
        });
    }

    private static void badDescriptors() {
        test("transfer: a descriptor that breaks the contract is counted, and its frame given back", () -> {
            try (Fixture f = new Fixture(TableTest.usual())) {
                long more = 1L << Layout.DESCRIPTOR_MORE_BIT, early = 1L << Layout.DESCRIPTOR_OFFSET_SHIFT;
                f.segment.put(1, Segment.descriptor(1, 60) | more, early | 2, Segment.descriptor(3, 1800), Segment.FRAMES, Segment.descriptor(4, 60));
                f.pass();
                equal(f.segment.head(2), 1);
                equal(f.segment.head(3), 3);
                for (int i = 0; i < 3; i++) equal(f.segment.entry(3, i) >>> 32, (long) Layout.REASON_BAD_DESCRIPTOR);
                equal(f.channel.counter(Layout.COUNTER_BAD_DESCRIPTORS), 4L);
            }
        });
    }

    private static void full() {
        test("transfer: a full edge drops, counted", () -> {
            try (Fixture f = new Fixture(TableTest.usual())) {
                for (int i = 0; i < 10; i++) {
                    f.segment.put(1, Segment.descriptor(i, 60));
                    f.pass();
                }
                equal(f.segment.head(2), 8);
                equal(f.segment.entry(3, 0) >>> 32, (long) Layout.REASON_EDGE_FULL);
                equal(f.channel.counter(Layout.COUNTER_EDGE_FULL), 2L);
            }
        });
        test("transfer: a full `block` edge holds, in order, and stops taking", () -> {
            try (Fixture f = new Fixture(blocking())) {
                for (int i = 0; i < 10; i++) {
                    f.segment.put(1, Segment.descriptor(i, 60));
                    f.pass();
                }
                equal(f.transfer.isHolding(), true);
                f.transfer.wantSpace();
                equal(f.transfer.hasNews(), false);
                f.segment.take(2, 8);
                equal(f.transfer.hasNews(), true);
                f.transfer.retryHeld();
                f.pass();
                equal(f.segment.entry(2, 9), Segment.descriptor(9, 60));
                equal(f.channel.counter(Layout.COUNTER_EDGE_FULL), 0L);
            }
        });
        test("transfer: who leaves gives back what it holds", () -> {
            try (Fixture f = new Fixture(blocking())) {
                for (int i = 0; i < 9; i++) {
                    f.segment.put(1, Segment.descriptor(i, 60));
                    f.pass();
                }
                f.transfer.giveUpHeld();
                equal(f.segment.entry(3, 0), 8L | 7L << 24 | (long) Layout.REASON_EDGE_FULL << 32);
            }
        });
    }

    private static Segment blocking() throws Exception {
        Segment segment = TableTest.usual();
        int at = segment.edge(0, 1, Layout.ROLE_OUT, 2, 0, 0);
        segment.bytes.put(at + Layout.EDGE_OFF_FLAGS, (byte) Layout.EDGE_FLAG_BLOCK);
        segment.edge(0, 2, Layout.ROLE_RETURN, 3, 0, 0);
        return segment;
    }
}
