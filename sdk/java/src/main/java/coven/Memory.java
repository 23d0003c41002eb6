package coven;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The mapped segment. Every access is checked against its size by the virtual machine, whatever a peer wrote. Offsets are bytes from its start. */
final class Memory {
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Packets are in network byte order, ... */
    final ByteBuffer packets;
    /** ... and everything else little-endian. */
    final ByteBuffer bytes;

    Memory(ByteBuffer mapped) {
        packets = mapped.duplicate().order(ByteOrder.BIG_ENDIAN);
        bytes = mapped.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    int relaxed(int at) {
        return (int) INT.getOpaque(bytes, at);
    }

    void relaxed(int at, int value) {
        INT.setOpaque(bytes, at, value);
    }

    int acquire(int at) {
        return (int) INT.getAcquire(bytes, at);
    }

    void release(int at, int value) {
        INT.setRelease(bytes, at, value);
    }

    /** seq_cst, as the handshake with a sleeper asks (spec/channel.md §2). */
    int ordered(int at) {
        return (int) INT.getVolatile(bytes, at);
    }

    void ordered(int at, int value) {
        INT.setVolatile(bytes, at, value);
    }

    int exchange(int at, int value) {
        return (int) INT.getAndSet(bytes, at, value);
    }

    long relaxedLong(int at) {
        return (long) LONG.getOpaque(bytes, at);
    }

    void relaxedLong(int at, long value) {
        LONG.setOpaque(bytes, at, value);
    }
}
