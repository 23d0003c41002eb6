package coven;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** The header of a segment (spec/channel.md §1): copied, checked, and never read again. */
final class Header {
    private static final int LENGTH_MIN = Layout.HEADER_OFF_ENGINE_PID + 4;
    private static final String[] REGIONS = {"slots", "rings", "metadata", "owner words", "frames"};

    final long size;
    final int frameCount, frameSize, dataOffset, slotCount, slotStride;
    final int slots, rings, meta, own, pool;
    final long ringsEnd;

    private final ByteBuffer page;

    Header(FileChannel file, int slot) throws IOException, Refusal {
        page = ByteBuffer.allocate(Layout.CHANNEL_PAGE).order(ByteOrder.LITTLE_ENDIAN);
        if (file.read(page, 0) != Layout.CHANNEL_PAGE) throw new Refusal("channel: too short for a header");
        checkVersion();
        size = page.getLong(Layout.HEADER_OFF_SEGMENT_SIZE);
        checkSize(file.size());
        frameCount = u32(Layout.HEADER_OFF_FRAME_COUNT, 1, Layout.LIMITS_FRAMES_MAX, "number of frames");
        frameSize = u32(Layout.HEADER_OFF_FRAME_SIZE, 256, 65536, "size of a frame");
        dataOffset = u32(Layout.HEADER_OFF_DATA_OFFSET, Layout.LIMITS_HEADROOM_MIN, frameSize - 1, "data offset");
        slotStride = u32(Layout.HEADER_OFF_SLOT_STRIDE, Layout.CHANNEL_PAGE, 1 << 20, "slot stride");
        slotCount = u32(Layout.HEADER_OFF_SLOT_COUNT, 2, Layout.LIMITS_SLOTS_MAX, "number of slots");
        if (frameSize % 64 != 0) throw new Refusal("channel: header: frames of %d bytes", frameSize);
        if (slotStride % Layout.CHANNEL_PAGE != 0) throw new Refusal("channel: header: slot stride %d", slotStride);
        long[][] regions = regions();
        checkRegions(regions);
        slots = (int) regions[0][0];
        rings = (int) regions[1][0];
        meta = (int) regions[2][0];
        own = (int) regions[3][0];
        pool = (int) regions[4][0];
        ringsEnd = regions[1][0] + regions[1][1];
        if (slot >= slotCount) throw new Refusal("channel: COVEN_SLOT is %d, but there are slots 1 to %d", slot, slotCount - 1);
    }

    private void checkVersion() throws Refusal {
        int major = Short.toUnsignedInt(page.getShort(Layout.HEADER_OFF_MAJOR));
        long lacking = page.getLong(Layout.HEADER_OFF_FEATURES_REQUIRED) & ~Channel.FEATURES;
        if (page.getLong(Layout.HEADER_OFF_MAGIC) != Layout.CHANNEL_MAGIC) throw new Refusal("channel: not a COVEN channel (magic)");
        if (major != Layout.CHANNEL_MAJOR)
            throw new Refusal("channel: version %d, but this library speaks %d; rebuild the component for this engine", major, Layout.CHANNEL_MAJOR);
        if (lacking != 0) throw new Refusal("channel: requires features 0x%x that this library lacks", lacking);
        if (Integer.toUnsignedLong(page.getInt(Layout.HEADER_OFF_HEADER_LEN)) < LENGTH_MIN)
            throw new Refusal("channel: header: shorter than version 1.0 has it");
    }

    private void checkSize(long file) throws Refusal {
        if (Long.compareUnsigned(size, file) > 0)
            throw new Refusal("channel: header: the segment has %s bytes, the file %d", Long.toUnsignedString(size), file);
        if (size > Integer.MAX_VALUE)
            throw new Refusal("channel: the segment has %d bytes, but Java maps at most %d: give the instance fewer or smaller frames, "
                + "or write this component in another language", size, Integer.MAX_VALUE);
    }

    private int u32(int offset, int least, int most, String what) throws Refusal {
        long value = Integer.toUnsignedLong(page.getInt(offset));
        if (value < least || value > most) throw new Refusal("channel: header: the %s is %d, not %d to %d", what, value, least, most);
        return (int) value;
    }

    /** Offset and length of each, in the order of REGIONS. */
    private long[][] regions() {
        return new long[][] {
            {page.getLong(Layout.HEADER_OFF_OFF_SLOTS), (long) slotCount * slotStride},
            {page.getLong(Layout.HEADER_OFF_OFF_RINGS), page.getLong(Layout.HEADER_OFF_RINGS_LEN)},
            {page.getLong(Layout.HEADER_OFF_OFF_META), (long) frameCount * Layout.META_SIZE},
            {page.getLong(Layout.HEADER_OFF_OFF_OWN), (long) frameCount * 8},
            {page.getLong(Layout.HEADER_OFF_OFF_POOL), (long) frameCount * frameSize},
        };
    }

    private void checkRegions(long[][] all) throws Refusal {
        for (int i = 0; i < all.length; i++) {
            long at = all[i][0], length = all[i][1];
            boolean fits = at >= Layout.CHANNEL_PAGE && at % Layout.CHANNEL_PAGE == 0 && at <= size && length >= 0 && length <= size - at;
            if (!fits)
                throw new Refusal("channel: header: the %s (%s bytes at %s) do not fit the segment of %d bytes",
                    REGIONS[i], Long.toUnsignedString(length), Long.toUnsignedString(at), size);
            for (int k = 0; k < i; k++)
                if (all[k][0] < at + length && at < all[k][0] + all[k][1])
                    throw new Refusal("channel: header: %s and %s overlap", REGIONS[k], REGIONS[i]);
        }
    }
}
