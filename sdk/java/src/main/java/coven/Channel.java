package coven;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The one channel of this process: mapping, slot, bells, counters (spec/channel.md §1, §3 and §7). */
final class Channel {
    static final long FEATURES = Layout.FEATURE_MARKERS | Layout.FEATURE_FAN_OUT;
    private static final int SDK_VERSION = 0x00010000; // 1.0.0, a byte each after the first 16 bits
    private static final int COUNTERS = Layout.COUNTER_BLOCKED + 1;
    private static final int TABLE_TRIES = 1000;

    final Header header;
    final Memory memory;
    final Frames frames;
    final Bells bells;
    /** Where this component's slot lies, and its own number. */
    final int slot, slotNumber;
    private final long[] counters = new long[COUNTERS];
    private int heartbeat;
    private boolean failed;

    /** Map, check, open bells. */
    Channel(String path, int slotNumber, String folderOfBells) throws Refusal {
        this.slotNumber = slotNumber;
        try (FileChannel file = FileChannel.open(Path.of(path), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            header = new Header(file, slotNumber);
            memory = new Memory(file.map(FileChannel.MapMode.READ_WRITE, 0, header.size));
        } catch (IOException error) {
            throw new Refusal("channel: %s: %s; components are started by COVEN, or by `coven dev`", path, Reasons.of(error));
        }
        frames = new Frames(memory, header.pool, header.frameSize, header.meta);
        slot = slotAt(slotNumber);
        bells = new Bells(folderOfBells, slotNumber);
        takeOverCounters();
        error(Layout.ERROR_NONE, 0);
    }

    int slotAt(int number) {
        return header.slots + number * header.slotStride;
    }

    /** Counters go on where a process before this one in the slot left off. */
    private void takeOverCounters() {
        for (int i = 0; i < COUNTERS; i++) counters[i] = memory.relaxedLong(slot + Layout.SLOT_OFF_COUNTERS + 8 * i);
        heartbeat = memory.relaxed(slot + Layout.SLOT_OFF_HEARTBEAT);
    }

    /** A table that is replaced while it is read is read again; an engine that never stops replacing it is refused. */
    Epoch firstEpoch() throws Refusal {
        for (int tries = 1;; tries++) {
            int epoch = wantedEpoch();
            try {
                Table table = Table.read(this, epoch, null);
                if (wantedEpoch() == epoch || tries == TABLE_TRIES) return new Epoch(this, epoch, table);
            } catch (Table.Fault fault) {
                if (wantedEpoch() != epoch && tries < TABLE_TRIES) continue;
                broken(Layout.ERROR_BAD_EDGE, fault.entry);
                throw new Refusal("channel: %s", fault.getMessage());
            }
        }
    }

    /** Says `attached`. */
    void showSelf(int epoch) {
        memory.relaxed(slot + Layout.SLOT_OFF_SDK_VERSION, SDK_VERSION);
        memory.relaxedLong(slot + Layout.SLOT_OFF_FEATURES, FEATURES);
        memory.relaxed(slot + Layout.SLOT_OFF_PID, (int) ProcessHandle.current().pid());
        acknowledge(epoch);
        state(Layout.SLOT_STATE_ATTACHED);
    }

    void acknowledge(int epoch) {
        memory.ordered(slot + Layout.SLOT_OFF_ACK_EPOCH, epoch);
    }

    /** And tells the engine. */
    void state(int state) {
        memory.ordered(slot + Layout.SLOT_OFF_STATE, state);
        wake(0);
    }

    int state() {
        return memory.relaxed(slot + Layout.SLOT_OFF_STATE);
    }

    /** Show it to the engine; the component goes on. */
    void error(int error, int argument) {
        memory.relaxed(slot + Layout.SLOT_OFF_ERROR_ARG, argument);
        memory.release(slot + Layout.SLOT_OFF_ERROR, error);
    }

    /** The component must not go on. */
    void broken(int error, int argument) {
        error(error, argument);
        failed = true;
        state(Layout.SLOT_STATE_FAILED);
    }

    boolean hasFailed() {
        return failed;
    }

    // Orders: one line, an L1 hit.

    int wantedEpoch() {
        return memory.ordered(slot + Layout.SLOT_OFF_WANT_EPOCH);
    }

    boolean mustStop() {
        return failed || memory.ordered(slot + Layout.SLOT_OFF_STOP) != 0;
    }

    long spinNs() {
        return Integer.toUnsignedLong(memory.relaxed(slot + Layout.SLOT_OFF_SPIN_NS));
    }

    int profile() {
        return memory.relaxed(slot + Layout.SLOT_OFF_PROFILE);
    }

    boolean isHungry() {
        return memory.ordered(slot + Layout.SLOT_OFF_HUNGRY) != 0;
    }

    void beat() {
        memory.relaxed(slot + Layout.SLOT_OFF_HEARTBEAT, ++heartbeat);
    }

    long heartbeat() {
        return Integer.toUnsignedLong(heartbeat);
    }

    // Counters: private values, shown by plain stores.

    void add(int counter, long amount) {
        counters[counter] += amount;
    }

    void show(int counter) {
        memory.relaxedLong(slot + Layout.SLOT_OFF_COUNTERS + 8 * counter, counters[counter]);
    }

    void count(int counter, long amount) {
        add(counter, amount);
        show(counter);
    }

    long counter(int counter) {
        return counters[counter];
    }

    // Park words and bells.

    /** The packet thread's: counts the bells it rings. */
    void wake(int other) {
        if (memory.exchange(slotAt(other) + Layout.SLOT_OFF_PARK, 0) != 1) return;
        bells.ring(other);
        count(Layout.COUNTER_BELLS, 1);
    }

    /**
     * From any other thread of this process, after what the packet thread is to see was written. Whatever the park word says: who cleared it
     * may have died before he rang, or taken the memory away, as an engine does that ends.
     */
    void wakeSelf() {
        bells.ring(slotNumber);
    }

    void park() {
        memory.ordered(slot + Layout.SLOT_OFF_PARK, 1);
    }

    /** False: somebody has rung, or is about to. */
    boolean unpark() {
        return memory.exchange(slot + Layout.SLOT_OFF_PARK, 0) != 0;
    }
}
