package coven;

import java.nio.ByteBuffer;

/**
 * A packet in the hands of this component: a whole Ethernet frame, numbers in network byte order, offsets in bytes.
 * The object is used again for another packet; it is valid until the author's function returns, and empty afterwards.
 */
public final class Packet {
    private final Channel channel;
    private final Flow flow;
    private final ByteBuffer bytes, lines;
    private final boolean own;
    /** Private (spec/channel.md §4 and §5). */
    int lane;
    Verdict verdict = Verdict.FORWARD;
    private long descriptor;
    private int at, length, meta;

    Packet(Channel channel, Flow flow, boolean own) {
        this.channel = channel;
        this.flow = flow;
        this.own = own;
        bytes = channel.memory.packets;
        lines = channel.memory.bytes;
    }

    /** Look at the packet that a descriptor, which is good, names. */
    void open(long good, int ofLane) {
        lane = ofLane;
        verdict = Verdict.FORWARD;
        meta = metaOf(good);
        place(good);
    }

    private void place(long good) {
        descriptor = good;
        at = channel.header.pool + Flow.index(good) * channel.header.frameSize + Flow.offset(good);
        length = Flow.length(good);
    }

    private int metaOf(long good) {
        return channel.header.meta + Flow.index(good) * Layout.META_SIZE;
    }

    /** It goes on; from here on the object shows nothing. */
    long close() {
        length = 0;
        meta = -1;
        return descriptor;
    }

    int hash(long good) {
        return lines.getInt(metaOf(good) + Layout.META_OFF_FLOW_HASH);
    }

    /** Bytes. */
    public int length() {
        return length;
    }

    public int u8(int offset) {
        check(offset, 1);
        return bytes.get(at + offset) & 0xFF;
    }

    public int u16(int offset) {
        check(offset, 2);
        return bytes.getShort(at + offset) & 0xFFFF;
    }

    public long u32(int offset) {
        check(offset, 4);
        return bytes.getInt(at + offset) & 0xFFFFFFFFL;
    }

    public void setU8(int offset, int value) {
        check(offset, 1);
        bytes.put(at + offset, (byte) value);
    }

    public void setU16(int offset, int value) {
        check(offset, 2);
        bytes.putShort(at + offset, (short) value);
    }

    public void setU32(int offset, long value) {
        check(offset, 4);
        bytes.putInt(at + offset, (int) value);
    }

    /** The frame's bytes in place, in network byte order; made anew at each call. */
    public ByteBuffer data() {
        line();
        return bytes.slice(at, length);
    }

    /** Byte {@code index} of the 16 context bytes. */
    public int context(int index) {
        return bytes.get(contextAt(index)) & 0xFF;
    }

    public void setContext(int index, int value) {
        bytes.put(contextAt(index), (byte) value);
    }

    public int flowHash() {
        return lines.getInt(line() + Layout.META_OFF_FLOW_HASH);
    }

    /** Arrival, CLOCK_REALTIME, nanoseconds. */
    public long timeNs() {
        return lines.getLong(line() + Layout.META_OFF_TIME_NS);
    }

    public int mark() {
        return lines.getInt(line() + Layout.META_OFF_MARK);
    }

    public void setMark(int value) {
        lines.putInt(line() + Layout.META_OFF_MARK, value);
    }

    /** Service path identifier (24 bits) and service index (8 bits) of the NSH that it came with; 0 if none. */
    public int servicePath() {
        return lines.getInt(line() + Layout.META_OFF_NSH_PATH);
    }

    /** Burst form: where this packet goes; {@link Verdict#FORWARD} if nothing is set. */
    public Verdict verdict() {
        return verdict;
    }

    public void setVerdict(Verdict where) {
        verdict = checked(where);
    }

    static Verdict checked(Verdict verdict) {
        if (verdict == null) throw new NullPointerException("a verdict must be Verdict.FORWARD, Verdict.DROP or Verdict.to(name), not null");
        return verdict;
    }

    /** Make room for {@code count} bytes in front, or, negative, cut them off. False, and nothing changed, without room. */
    public boolean growFront(int count) {
        line();
        return resize((long) Flow.offset(descriptor) - count, (long) length + count);
    }

    /** The same at the end. */
    public boolean growBack(int count) {
        line();
        return resize(Flow.offset(descriptor), (long) length + count);
    }

    /** Offset and length have 16 bits each; so a frame of 65,536 bytes is never used to its last byte. */
    private boolean resize(long offset, long size) {
        boolean fits = offset >= Layout.LIMITS_HEADROOM_MIN && offset <= 0xFFFF && size >= 0 && size <= 0xFFFF && offset + size <= channel.header.frameSize;
        if (fits) place(placed(descriptor, (int) offset, (int) size));
        return fits;
    }

    private static long placed(long good, int offset, int length) {
        return good & 0xFFFFFFFFL | (long) offset << Layout.DESCRIPTOR_OFFSET_SHIFT | (long) length << Layout.DESCRIPTOR_LENGTH_SHIFT;
    }

    /** A copy of one's own, with the context; as with {@link Coven#packetNew}, null if no frame is to be had. */
    public Packet copy() {
        line();
        Packet copy = make(channel, flow, length, this);
        if (copy != null) copy.bytes.put(copy.at, bytes, at, length);
        return copy;
    }

    /** Send a packet of one's own to an output; {@link Verdict#DROP} gives it back. It is visible with the burst that is being worked on. */
    public void send(Verdict where) {
        if (!own || meta < 0) throw new IllegalStateException("only a packet from packetNew() or copy() can be sent, and once; others go by the function's verdict");
        int output = checked(where).output;
        flow.forward(this, close(), output);
    }

    /** `size` bytes of undefined content, the metadata and lane of `like`, which may be null; null if no frame is to be had. */
    static Packet make(Channel channel, Flow flow, int size, Packet like) {
        int room = Math.min(channel.header.frameSize - Layout.LIMITS_HEADROOM_MIN, 0xFFFF);
        long frame = size < 0 || size > room ? 0 : flow.lent();
        if (frame == 0) return null;
        Packet packet = new Packet(channel, flow, true);
        packet.open(placed(frame, Math.min(Flow.offset(frame), channel.header.frameSize - size), size), like == null ? flow.defaultLane() : like.lane);
        packet.fillMeta(like);
        return packet;
    }

    /** The line of `like`, or zeroes, but marked as made here. */
    private void fillMeta(Packet like) {
        for (int i = 0; i < Layout.META_SIZE; i += 8) lines.putLong(meta + i, like == null ? 0 : lines.getLong(like.meta + i));
        int flags = meta + Layout.META_OFF_FLAGS;
        lines.putShort(flags, (short) (lines.getShort(flags) | Layout.META_FLAG_CREATED));
    }

    void clearContext() {
        for (int i = 0; i < Layout.LIMITS_CONTEXT_BYTES; i += 8) lines.putLong(meta + Layout.META_OFF_CONTEXT + i, 0);
    }

    private void check(int offset, int size) {
        if (offset < 0 || offset > length - size) throw outside(offset, size);
    }

    private IndexOutOfBoundsException outside(int offset, int size) {
        if (meta < 0) throw gone();
        return new IndexOutOfBoundsException("offset " + offset + ", size " + size + ": outside the packet of " + length + " bytes");
    }

    private int contextAt(int index) {
        if (index < 0 || index >= Layout.LIMITS_CONTEXT_BYTES) throw new IndexOutOfBoundsException("context byte " + index + ": there are " + Layout.LIMITS_CONTEXT_BYTES);
        return line() + Layout.META_OFF_CONTEXT + index;
    }

    private int line() {
        if (meta < 0) throw gone();
        return meta;
    }

    private static IllegalStateException gone() {
        return new IllegalStateException("this packet has gone on: a packet is valid until the function returns");
    }
}
