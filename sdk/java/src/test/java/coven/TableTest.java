package coven;

import static coven.Layout.ROLE_IN;
import static coven.Layout.ROLE_OUT;
import static coven.Layout.ROLE_RETURN;
import static coven.Tests.equal;
import static coven.Tests.refused;
import static coven.Tests.test;

/** Edge tables: what is refused, routes, and how one follows another (spec/channel.md §4 and §7). */
final class TableTest {
    private TableTest() {}

    /** Entries 0 to 2: an input (edge 1), an output (2), the return ring (3). */
    static Segment usual() throws Exception {
        Segment segment = new Segment();
        segment.edge(0, 0, ROLE_IN, 1, 0, 0);
        segment.edge(0, 1, ROLE_OUT, 2, 0, 0);
        segment.edge(0, 2, ROLE_RETURN, 3, 0, 0);
        return segment;
    }

    private static void refusedFor(String part, int entry, int offset, int value) {
        test("table: refused: " + part, () -> {
            try (Segment segment = usual()) {
                int at = segment.edge(0, entry, entry == 0 ? ROLE_IN : ROLE_OUT, entry + 1, 0, 0);
                segment.edge(0, 2, ROLE_RETURN, 3, 0, 0);
                segment.bytes.put(at + offset, (byte) value);
                refused(Refusal.class, "edge table of epoch 0, entry " + entry + ": " + part, () -> segment.attach().firstEpoch());
                equal(segment.own(Layout.SLOT_OFF_STATE), Layout.SLOT_STATE_FAILED);
                equal(segment.own(Layout.SLOT_OFF_ERROR), Layout.ERROR_BAD_EDGE);
            }
        });
    }

    static void run() {
        refusedFor("unknown role", 0, Layout.EDGE_OFF_ROLE, 9);
        refusedFor("unknown flag", 0, Layout.EDGE_OFF_FLAGS, 4);
        refusedFor("no such peer slot", 1, Layout.EDGE_OFF_PEER, 2);
        refusedFor("the output is over 15", 1, Layout.EDGE_OFF_OUTPUT, 16);
        refusedFor("cap_log2 is over 22", 0, Layout.EDGE_OFF_CAP_LOG2, 23);
        refusedFor("the ring lies outside", 0, Layout.EDGE_OFF_RING + 3, 0x80);
        refusedFor("the limit is 0", 0, Layout.EDGE_OFF_LIMIT, 9);
        refusedFor("two entries have one edge id", 1, Layout.EDGE_OFF_ID, 1);
        test("table: a table without a return ring is refused", () -> {
            try (Segment segment = new Segment()) {
                segment.edge(0, 0, ROLE_IN, 1, 0, 0);
                refused(Refusal.class, "there is no return ring", () -> segment.attach().firstEpoch());
            }
        });
        fan();
        change();
        gate();
    }

    /** Replicas share flows by weight, and a flow stays where it is. */
    private static void fan() {
        test("table: flows are shared by weight", () -> {
            try (Segment segment = new Segment()) {
                int[] weights = {1, 1, 3};
                for (int i = 0; i < weights.length; i++) {
                    int at = segment.edge(0, i, ROLE_OUT, 5 + i, 0, 0);
                    segment.bytes.putInt(at + Layout.EDGE_OFF_SEED, 17 * i);
                    segment.bytes.putInt(at + Layout.EDGE_OFF_WEIGHT, weights[i]);
                }
                segment.edge(0, 3, ROLE_RETURN, 3, 0, 0);
                Routes routes = segment.attach().firstEpoch().table().routes;
                equal(routes.single(0, 0), null);
                int heavy = 0;
                for (int hash = 0; hash < 4096; hash++) if (routes.replica(0, 0, hash * 0x10001).id == 7) heavy++;
                if (heavy < 4096 * 45 / 100 || heavy > 4096 * 75 / 100) throw new AssertionError(heavy + " of 4096 flows at weight 3 of 5");
                equal(routes.replica(1, 0, 5), null);
            }
        });
    }

    /** The old table stays in force until the marker of the input that is left is in; outputs that are left get theirs. */
    private static void change() {
        test("table: an epoch follows another by markers", () -> {
            try (Segment segment = usual()) {
                Channel channel = segment.attach();
                Epoch epoch = channel.firstEpoch();
                Transfer transfer = new Transfer(channel, epoch);
                Packet[] packets = {new Packet(channel.frames, transfer, false), new Packet(channel.frames, transfer, false)};
                segment.edge(1, 0, ROLE_IN, 4, 0, 0);
                segment.edge(1, 1, ROLE_OUT, 5, 0, 0);
                segment.edge(1, 2, ROLE_RETURN, 3, 0, 0);
                for (int entry : new int[] {0, 1}) segment.bytes.putInt(Entry.place(channel, 0, entry) + Layout.EDGE_OFF_MARKER_EPOCH, 1);
                segment.order(1);
                epoch.change(transfer);
                equal(epoch.current(), 0);
                segment.put(1, Segment.descriptor(0, 60), 1L << 32 | Layout.DESCRIPTOR_MARKER_INDEX);
                int taken = transfer.take(packets);
                equal(taken, 1);
                transfer.finish(packets, taken);
                epoch.change(transfer);
                equal(epoch.current(), 1);
                equal(segment.own(Layout.SLOT_OFF_ACK_EPOCH), 1);
                equal(segment.entry(2, 0), Segment.descriptor(0, 60));
                equal(segment.entry(2, 1), 1L << 32 | Layout.DESCRIPTOR_MARKER_INDEX);
                segment.put(4, Segment.descriptor(1, 60));
                transfer.finish(packets, transfer.take(packets));
                equal(segment.head(5), 1);
            }
        });
        test("table: a bad table later ends the component", () -> {
            try (Segment segment = usual()) {
                Channel channel = segment.attach();
                Epoch epoch = channel.firstEpoch();
                segment.edge(1, 0, 9, 1, 0, 0);
                segment.order(1);
                epoch.change(new Transfer(channel, epoch));
                equal(channel.mustStop(), true);
                equal(segment.own(Layout.SLOT_OFF_STATE), Layout.SLOT_STATE_FAILED);
            }
        });
    }

    private static void gate() {
        test("table: an input waits for the markers of the edges before it", () -> {
            try (Segment segment = usual()) {
                int at = segment.edge(0, 3, ROLE_IN, 4, 0, 0);
                segment.bytes.putShort(at + Layout.EDGE_OFF_AFTER, (short) 1);
                Channel channel = segment.attach();
                Epoch epoch = channel.firstEpoch();
                Transfer transfer = new Transfer(channel, epoch);
                Packet[] packets = {new Packet(channel.frames, transfer, false)};
                segment.put(4, Segment.descriptor(1, 60));
                equal(transfer.take(packets), 0);
                segment.put(1, 1L << 32 | Layout.DESCRIPTOR_MARKER_INDEX);
                equal(transfer.take(packets), 1);
                equal(segment.own(Layout.SLOT_OFF_ERROR), Layout.ERROR_NONE);
            }
        });
    }
}
