package coven;

import java.nio.ByteBuffer;

/** The bytes of a packet and its metadata line, in place: numbers in network byte order, offsets in bytes. */
abstract class Frame {
    final Frames frames;
    final ByteBuffer bytes, lines;
    private final int pool, frameSize;
    /** Private (spec/channel.md §4 and §5). */
    long descriptor;
    /** `meta` is negative while there is no packet. */
    int at, length, meta;
    /** The headers are known. */
    boolean parsed;

    Frame(Frames frames) {
        this.frames = frames;
        bytes = frames.packets;
        lines = frames.lines;
        pool = frames.pool;
        frameSize = frames.frameSize;
    }

    void place(long good) {
        descriptor = good;
        at = pool + Transfer.index(good) * frameSize + Transfer.offset(good);
        length = Transfer.length(good);
        parsed = false;
    }

    int metaOf(long good) {
        return frames.meta + Transfer.index(good) * Layout.META_SIZE;
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
        parsed = false;
    }

    public void setU16(int offset, int value) {
        check(offset, 2);
        bytes.putShort(at + offset, (short) value);
        parsed = false;
    }

    public void setU32(int offset, long value) {
        check(offset, 4);
        bytes.putInt(at + offset, (int) value);
        parsed = false;
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

    /** The number in a field of up to 64 bits, unsigned. */
    public long context(ContextField field) {
        int context = line() + Layout.META_OFF_CONTEXT;
        return field.get(bytes.getLong(context), bytes.getLong(context + Long.BYTES));
    }

    /** A value that does not fit is refused. */
    public void context(ContextField field, long value) {
        field.check(value);
        int context = line() + Layout.META_OFF_CONTEXT;
        bytes.putLong(context, field.set(bytes.getLong(context), true, value));
        bytes.putLong(context + Long.BYTES, field.set(bytes.getLong(context + Long.BYTES), false, value));
    }

    /** The bytes of a field of any width, the last bit of the last byte its least significant one. */
    public byte[] contextBytes(ContextField field) {
        byte[] value = new byte[field.size()];
        for (int i = 0; i < field.bits; i++) {
            int place = field.place(i), bit = context(place >> 3) >> 7 - (place & 7) & 1;
            value[value.length - 1 - (i >> 3)] |= (byte) (bit << (i & 7));
        }
        return value;
    }

    /** As many bytes as {@link #contextBytes} gives. */
    public void context(ContextField field, byte[] value) {
        field.checkBytes(value);
        for (int i = 0; i < field.bits; i++) {
            int place = field.place(i), mask = 1 << 7 - (place & 7), bit = value[value.length - 1 - (i >> 3)] >> (i & 7) & 1;
            setContext(place >> 3, bit == 0 ? context(place >> 3) & ~mask : context(place >> 3) | mask);
        }
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

    /** Make room for {@code count} bytes in front, or, negative, cut them off. False, and nothing changed, without room. */
    public boolean growFront(int count) {
        line();
        return resize((long) Transfer.offset(descriptor) - count, (long) length + count);
    }

    /** The same at the end. */
    public boolean growBack(int count) {
        line();
        return resize(Transfer.offset(descriptor), (long) length + count);
    }

    /** Offset and length have 16 bits each; so a frame of 65,536 bytes is never used to its last byte. */
    private boolean resize(long offset, long size) {
        boolean fits = offset >= Layout.LIMITS_HEADROOM_MIN && offset <= 0xFFFF && size >= 0 && size <= 0xFFFF && offset + size <= frameSize;
        if (fits) place(placed(descriptor, (int) offset, (int) size));
        return fits;
    }

    static long placed(long good, int offset, int length) {
        return good & 0xFFFFFFFFL | (long) offset << Layout.DESCRIPTOR_OFFSET_SHIFT | (long) length << Layout.DESCRIPTOR_LENGTH_SHIFT;
    }

    void clearContext() {
        for (int i = 0; i < Layout.LIMITS_CONTEXT_BYTES; i += 8) lines.putLong(meta + Layout.META_OFF_CONTEXT + i, 0);
    }

    // For views: what they write moves no header.

    void put8(int offset, int value) {
        check(offset, 1);
        bytes.put(at + offset, (byte) value);
    }

    void put16(int offset, int value) {
        check(offset, 2);
        bytes.putShort(at + offset, (short) value);
    }

    void put32(int offset, long value) {
        check(offset, 4);
        bytes.putInt(at + offset, (int) value);
    }

    long u64(int offset) {
        check(offset, 8);
        return bytes.getLong(at + offset);
    }

    private boolean has(int flag) {
        return (lines.getShort(line() + Layout.META_OFF_FLAGS) & flag) != 0;
    }

    boolean isPartial() {
        return has(Layout.META_FLAG_CSUM_PARTIAL);
    }

    // For the NSH, by offsets in the frame: at a proxy it stands before the packet.

    boolean hasNsh() {
        return has(Layout.META_FLAG_NSH);
    }

    int nshOffset() {
        return lines.getShort(line() + Layout.META_OFF_NSH_OFFSET) & 0xFFFF;
    }

    boolean isNshHidden() {
        return nshOffset() < Transfer.offset(descriptor);
    }

    /** Where the packet ends. */
    int frameEnd() {
        return Transfer.offset(descriptor) + length;
    }

    private int frameStart() {
        line();
        return at - Transfer.offset(descriptor);
    }

    int frame8(int offset) {
        return bytes.get(frameStart() + offset) & 0xFF;
    }

    void frame8(int offset, int value) {
        bytes.put(frameStart() + offset, (byte) value);
    }

    void placeNsh(int offset, int size) {
        lines.putShort(line() + Layout.META_OFF_NSH_OFFSET, (short) offset);
        lines.putShort(meta + Layout.META_OFF_NSH_LENGTH, (short) size);
    }

    /** What stands before byte `until` of the frame moves `count` bytes to the front; or, negative, the bytes before it go, and the others move back. False without room. */
    boolean moveFront(int until, int count) {
        int first = Transfer.offset(descriptor), start = frameStart(), size = until - first + Math.min(count, 0);
        if (count > 0 && !growFront(count)) return false;
        for (int i = 0; i < size; i++) {
            int byteAt = start + first + (count > 0 ? i : size - 1 - i);
            bytes.put(byteAt - count, bytes.get(byteAt));
        }
        return count >= 0 || growFront(count);
    }

    final void check(int offset, int size) {
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

    final int line() {
        if (meta < 0) throw gone();
        return meta;
    }

    static IllegalStateException gone() {
        return new IllegalStateException("this packet has gone on: a packet is valid until the function returns");
    }
}
