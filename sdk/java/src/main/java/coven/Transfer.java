package coven;

/** Packets in and out: take, finish, drops, and edges that are full (spec/channel.md §2, §4 and §5). */
final class Transfer implements Way {
    private static final int HELD_MAX = 2 * Layout.LIMITS_BURST_MAX; // one burst, and as many of the author's own
    private static final long ZERO_BITS = 3L << Layout.DESCRIPTOR_MORE_BIT; // MORE and bit 23: this library takes no chains

    private final Channel channel;
    private final Memory memory;
    private final Epoch epoch;
    private final int frameCount, frameSize;
    private int turn, touched, heldCount, strangeCount;
    private final long[] strange = new long[Layout.LIMITS_BURST_MAX];
    private final long[] held = new long[HELD_MAX];
    private final End[] heldFor = new End[HELD_MAX];

    Transfer(Channel channel, Epoch epoch) {
        this.channel = channel;
        this.epoch = epoch;
        memory = channel.memory;
        frameCount = channel.header.frameCount;
        frameSize = channel.header.frameSize;
    }

    static int index(long descriptor) {
        return (int) descriptor & End.INDEX_MASK;
    }

    static int offset(long descriptor) {
        return (int) (descriptor >>> Layout.DESCRIPTOR_OFFSET_SHIFT) & 0xFFFF;
    }

    static int length(long descriptor) {
        return (int) (descriptor >>> Layout.DESCRIPTOR_LENGTH_SHIFT);
    }

    /** Spec/channel.md §5. Checked on the private copy. */
    boolean isGood(long d) {
        int offset = offset(d);
        return (d & ZERO_BITS) == 0 && index(d) < frameCount && offset >= Layout.LIMITS_HEADROOM_MIN && offset + length(d) <= frameSize;
    }

    // In.

    /** Up to `packets.length` packets from the open inputs, in turn. */
    int take(Packet[] packets) {
        if (heldCount != 0) return 0; // a `block` edge is full: stop taking
        End[] inputs = epoch.table().in;
        int taken = 0;
        for (int i = 0; i < inputs.length && taken < packets.length; i++) {
            if (turn >= inputs.length) turn = 0;
            End end = inputs[turn++];
            if (!end.closed) taken += takeFrom(end, packets, taken);
        }
        if (taken > 0) showTaken();
        return taken;
    }

    private int takeFrom(End end, Packet[] packets, int from) {
        int ready = end.ready(packets.length - from), at = from;
        if (ready == 0) return 0;
        long bytes = 0;
        for (int i = 0; i < ready; i++) {
            long d = end.peek(i);
            if (!isGood(d)) {
                strange[strangeCount++] = d;
                continue;
            }
            bytes += length(d);
            packets[at++].open(d, end.lane);
        }
        end.consume(ready);
        while (strangeCount > 0) odd(end, strange[--strangeCount]); // now, for a frame is given on only after it was popped (§6)
        channel.add(Layout.COUNTER_PACKETS_IN, at - from);
        channel.add(Layout.COUNTER_BYTES_IN, bytes);
        return at - from;
    }

    private void showTaken() {
        channel.show(Layout.COUNTER_PACKETS_IN);
        channel.show(Layout.COUNTER_BYTES_IN);
        channel.count(Layout.COUNTER_BURSTS, 1);
    }

    /** A marker, or a descriptor that breaks §5: shown, given back if it names a frame, never followed. */
    private void odd(End end, long d) {
        if (index(d) == Layout.DESCRIPTOR_MARKER_INDEX) {
            epoch.marker(end);
            return;
        }
        bad(end);
        if (index(d) < frameCount) drop(d, Layout.REASON_BAD_DESCRIPTOR);
    }

    private void bad(End end) {
        channel.count(Layout.COUNTER_BAD_DESCRIPTORS, 1);
        channel.error(Layout.ERROR_BAD_DESCRIPTOR, end.id);
    }

    // Out.

    /** Hand them on by their verdicts. */
    void finish(Packet[] packets, int count) {
        long bytes = 0;
        int posted = 0;
        for (int i = 0; i < count; i++) {
            Packet packet = packets[i];
            int output = packet.verdict.output;
            long descriptor = packet.close();
            End end = output < Layout.LIMITS_OUTPUTS_MAX ? epoch.table().routes.single(packet.lane, output) : null;
            if (end == null || !end.isClear()) {
                forward(packet, descriptor, output);
                continue;
            }
            end.put(descriptor);
            touched |= 1 << end.index;
            bytes += length(descriptor);
            posted++;
        }
        channel.add(Layout.COUNTER_PACKETS_OUT, posted);
        channel.add(Layout.COUNTER_BYTES_OUT, bytes);
        flush();
    }

    @Override
    public void forward(Packet packet, int output) {
        forward(packet, packet.descriptor, output);
    }

    /** By any way there is. */
    private void forward(Packet packet, long descriptor, int output) {
        if (output >= Layout.LIMITS_OUTPUTS_MAX) {
            drop(descriptor, output == Verdict.DROP.output ? Layout.REASON_COMPONENT : Layout.REASON_COMPONENT_ERROR);
            return;
        }
        Routes routes = epoch.table().routes;
        End end = routes.single(packet.lane, output);
        if (end == null) end = routes.replica(packet.lane, output, packet.hash(descriptor));
        if (end == null) drop(descriptor, Layout.REASON_UNKNOWN_OUTPUT);
        else sendTo(end, descriptor);
    }

    private void sendTo(End end, long descriptor) {
        if (end.is(Layout.EDGE_FLAG_DISCARD)) drop(descriptor, Layout.REASON_COMPONENT);
        else if (end.waiting == 0 && end.hasRoom(end.limit)) post(end, descriptor);
        else full(end, descriptor);
    }

    private void post(End end, long descriptor) {
        channel.add(Layout.COUNTER_PACKETS_OUT, 1);
        channel.add(Layout.COUNTER_BYTES_OUT, length(descriptor));
        end.put(descriptor);
        touched |= 1 << end.index;
    }

    private void full(End end, long descriptor) {
        if (end.is(Layout.EDGE_FLAG_BLOCK) && heldCount < HELD_MAX) {
            if (end.waiting++ == 0) channel.count(Layout.COUNTER_BLOCKED, 1);
            end.detour = true;
            held[heldCount] = descriptor;
            heldFor[heldCount++] = end;
            return;
        }
        channel.count(Layout.COUNTER_EDGE_FULL, 1);
        drop(descriptor, Layout.REASON_EDGE_FULL);
    }

    /** To the return ring. It has room for every frame there is; if not, its other end lies, and the engine finds the frame by its owner word. */
    void drop(long descriptor, int reason) {
        channel.add(Layout.COUNTER_PACKETS_DROPPED, 1);
        End back = epoch.table().back;
        if (back == null || !back.hasRoom(back.capacity)) return;
        back.put(descriptor & (End.INDEX_MASK | End.GENERATION_MASK) | (long) reason << 32);
        touched |= 1 << back.index;
    }

    /** Errors of the author's code. */
    void fail(int errors) {
        channel.count(Layout.COUNTER_ERRORS, errors);
        channel.error(Layout.ERROR_AUTHOR, errors);
    }

    /** Everything that was posted becomes visible: one handshake an edge. */
    void flush() {
        if (touched == 0) return;
        while (touched != 0) {
            End end = epoch.table().ends[Integer.numberOfTrailingZeros(touched)];
            touched &= touched - 1;
            if (end.role == Layout.ROLE_RETURN) end.publishBack();
            else end.publish();
        }
        channel.show(Layout.COUNTER_PACKETS_OUT);
        channel.show(Layout.COUNTER_BYTES_OUT);
        channel.show(Layout.COUNTER_PACKETS_DROPPED);
    }

    // Held packets: for `block` edges that are full.

    boolean isHolding() {
        return heldCount != 0;
    }

    /** Held packets go on in their order; one that must still wait holds up only its own edge. */
    void retryHeld() {
        int kept = 0, blocked = 0;
        for (int i = 0; i < heldCount; i++) {
            End end = heldFor[i];
            long descriptor = held[i];
            if ((blocked & 1 << end.index) == 0 && end.hasRoom(end.limit)) {
                end.detour = --end.waiting != 0;
                post(end, descriptor);
            } else {
                blocked |= 1 << end.index;
                held[kept] = descriptor;
                heldFor[kept++] = end;
            }
        }
        heldCount = kept;
        flush();
    }

    /** Leaving: nobody may be there any more to make room. */
    void giveUpHeld() {
        if (heldCount == 0) return;
        retryHeld();
        for (int i = 0; i < heldCount; i++) {
            channel.count(Layout.COUNTER_EDGE_FULL, 1);
            drop(held[i], Layout.REASON_EDGE_FULL);
        }
        heldCount = 0;
        flush();
    }

    /** Before a sleep. */
    void wantSpace() {
        for (int i = 0; i < heldCount; i++) memory.ordered(heldFor[i].want, 1);
    }

    /** While packets are held, only space counts, not input. */
    boolean hasNews() {
        if (heldCount == 0) {
            for (End end : epoch.table().in) if (end.hasInputNews()) return true;
            return false;
        }
        for (int i = 0; i < heldCount; i++) if (heldFor[i].hasSpaceNews()) return true;
        return false;
    }

    // Packets of the author's own.

    /** A frame from the alloc ring, whatever is wrong with the ones before it. */
    @Override
    public long lent() {
        End alloc = epoch.table().alloc;
        while (alloc != null && alloc.ready(1) > 0) {
            long d = alloc.peek(0);
            alloc.consume(1);
            if (isGood(d)) return d;
            bad(alloc);
        }
        channel.count(Layout.COUNTER_ALLOC_FAILED, 1);
        return 0;
    }

    @Override
    public int defaultLane() {
        return epoch.table().defaultLane();
    }
}
