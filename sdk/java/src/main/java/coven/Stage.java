package coven;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Frames of a rehearsal: some for the packets of a burst, some for those that the component makes. */
final class Stage implements Way {
    /** A packet that the component sent: where to, and what it was made like. */
    record Sent(int output, byte[] bytes, byte[] context, Packet origin) {}

    private static final int HEADROOM = Layout.LIMITS_DATA_OFFSET_DEFAULT;

    final List<Sent> sent = new ArrayList<>();
    private final int inputs, count;
    Frames frames;
    private int lent;

    Stage(int inputs, int own) {
        this.inputs = inputs;
        count = inputs + own;
        makeFrames(Layout.LIMITS_FRAME_SIZE_DEFAULT);
    }

    private void makeFrames(int frameSize) {
        int lines = count * Layout.META_SIZE;
        frames = new Frames(new Memory(ByteBuffer.allocate(lines + count * frameSize)), lines, frameSize, 0);
    }

    /** As many bytes a frame as the platform has, or more if a packet asks for it. */
    void begin(int longest) {
        int needed = HEADROOM + longest + 63 & ~63;
        if (needed > 65536) throw new IllegalArgumentException("a packet has at most " + (65536 - HEADROOM - 64) + " bytes, not " + longest);
        if (needed > frames.frameSize) makeFrames(needed);
        sent.clear();
        lent = 0;
    }

    Packet packet(int frame, Rehearsal.Given given) {
        Packet packet = new Packet(frames, this, false);
        packet.open(Frame.placed(frame, HEADROOM, given.bytes().length), 0);
        for (int i = 0; i < Layout.META_SIZE; i += Long.BYTES) frames.lines.putLong(packet.meta + i, 0);
        frames.packets.put(packet.at, given.bytes());
        frames.packets.put(packet.meta + Layout.META_OFF_CONTEXT, given.context());
        frames.lines.putLong(packet.meta + Layout.META_OFF_TIME_NS, given.timeNs());
        Flow flow = packet.flow();
        frames.lines.putInt(packet.meta + Layout.META_OFF_FLOW_HASH, flow == null ? 0 : flow.symmetricHash());
        showNsh(packet);
        return packet;
    }

    /** As at an `aware` connection point: an NSH behind the Ethernet header is seen. */
    private void showNsh(Packet packet) {
        Headers headers = packet.headers();
        int at = Headers.ETHERNET + Headers.TAG * headers.tags;
        if (headers.type != 0x894F || !headers.has(at, 8)) return;
        frames.lines.putShort(packet.meta + Layout.META_OFF_FLAGS, (short) Layout.META_FLAG_NSH);
        packet.placeNsh(HEADROOM + at, (packet.u8(at + 1) & 63) * 4);
        frames.lines.putInt(packet.meta + Layout.META_OFF_NSH_PATH, (int) packet.u32(at + 4));
        boolean fixed = (packet.u8(at + 2) & 15) == 1 && headers.has(at, 24);
        for (int i = 0; fixed && i < Layout.LIMITS_CONTEXT_BYTES; i++) packet.setContext(i, packet.u8(at + 8 + i));
    }

    static byte[] bytes(Packet packet) {
        byte[] bytes = new byte[packet.length];
        packet.data().get(bytes);
        return bytes;
    }

    static byte[] context(Packet packet) {
        byte[] context = new byte[Layout.LIMITS_CONTEXT_BYTES];
        for (int i = 0; i < context.length; i++) context[i] = (byte) packet.context(i);
        return context;
    }

    @Override
    public long lent() {
        return inputs + lent == count ? 0 : Frame.placed(inputs + lent++, HEADROOM, 0);
    }

    @Override
    public void forward(Packet packet, int output) {
        if (output == Verdict.DROP.output) return;
        sent.add(new Sent(output, bytes(packet), context(packet), packet.origin));
    }

    @Override
    public int defaultLane() {
        return 0;
    }
}
