import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The peer `bare` in Java: the forwarder's loop over rings with what Java has, a mapped buffer and var handles. It reads the EtherType of every packet
 * and counts it; it parks as the SDK parks, but checks nothing and keeps no ledger and no owners. Started by bare.c, which is source and sink and maps
 * the same memory (descriptor 3; this bell is 4, its own 5).
 */
final class Bare {
    private static final int CAPACITY = 1024, BURST = 32, FRAME = 2048;
    private static final int OUT = 0, BACK = 8448, PARK_THERE = 16896, PARK_HERE = 17024, OVER = 17152, POOL = 20480;
    private static final int HEAD = 0, TAIL = 128, SLOTS = 256;
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final ByteBuffer BYTE = ByteBuffer.allocateDirect(64);

    private static ByteBuffer memory, packets;
    private static FileChannel bell, theirBell;
    private static int taken, head, posted, tail, yields;
    private static long counted;

    private static int get(int at) {
        return (int) INT.getVolatile(memory, at);
    }

    private static int take(long[] into) {
        if (head - taken < BURST) head = (int) INT.getAcquire(memory, OUT + HEAD);
        int count = Math.min(head - taken, BURST);
        for (int i = 0; i < count; i++) into[i] = (long) LONG.getOpaque(memory, OUT + SLOTS + 8 * (taken + i & CAPACITY - 1));
        if (count > 0) INT.setRelease(memory, OUT + TAIL, taken += count);
        return count;
    }

    private static int post(long[] burst, int from, int count) throws IOException {
        if (CAPACITY - (posted - tail) < count) tail = (int) INT.getAcquire(memory, BACK + TAIL);
        int most = Math.min(CAPACITY - (posted - tail), count);
        if (most == 0) return 0;
        for (int i = 0; i < most; i++) LONG.setOpaque(memory, BACK + SLOTS + 8 * (posted + i & CAPACITY - 1), burst[from + i]);
        INT.setVolatile(memory, BACK + HEAD, posted += most);
        if (get(PARK_THERE) != 0 && (int) INT.getAndSet(memory, PARK_THERE, 0) != 0) theirBell.write(BYTE.position(0).limit(1));
        return most;
    }

    private static void rest() throws IOException {
        if (yields++ % 3 != 2) {
            Thread.yield();
            return;
        }
        INT.setVolatile(memory, PARK_HERE, 1);
        if (get(OUT + HEAD) == taken && get(OVER) == 0) bell.read(BYTE.clear());
        INT.getAndSet(memory, PARK_HERE, 0);
    }

    private static void look(long[] burst, int count) {
        for (int i = 0; i < count; i++) {
            int at = POOL + ((int) burst[i] & 0x3FFFFF) * FRAME + ((int) (burst[i] >>> 32) & 0xFFFF);
            if (packets.getShort(at + 12) == 0x0800) counted++;
        }
    }

    public static void main(String[] arguments) throws IOException {
        FileChannel file = FileChannel.open(Path.of("/proc/self/fd/3"), StandardOpenOption.READ, StandardOpenOption.WRITE);
        memory = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size()).order(ByteOrder.LITTLE_ENDIAN);
        packets = memory.duplicate().order(ByteOrder.BIG_ENDIAN);
        bell = FileChannel.open(Path.of("/proc/self/fd/4"), StandardOpenOption.READ);
        theirBell = FileChannel.open(Path.of("/proc/self/fd/5"), StandardOpenOption.WRITE);
        long[] burst = new long[BURST];
        while (get(OVER) == 0) {
            int count = take(burst);
            if (count == 0) {
                rest();
                continue;
            }
            look(burst, count);
            for (int done = 0; done < count && get(OVER) == 0;) {
                int sent = post(burst, done, count - done);
                done += sent;
                if (sent == 0) Thread.yield();
            }
        }
        if (counted == 0) throw new IllegalStateException("bare: no packet was seen");
    }
}
