package coven;

import java.nio.ByteBuffer;

/** Where packets lie: frames of a pool and a line of metadata for each, in a channel or in a test's own memory (spec/channel.md §5 and §8). */
final class Frames {
    /** Packets are in network byte order, ... */
    final ByteBuffer packets;
    /** ... and everything else little-endian. */
    final ByteBuffer lines;
    final int pool, frameSize, meta;

    Frames(Memory memory, int pool, int frameSize, int meta) {
        packets = memory.packets;
        lines = memory.bytes;
        this.pool = pool;
        this.frameSize = frameSize;
        this.meta = meta;
    }
}
