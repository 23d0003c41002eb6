package coven;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Bells (spec/channel.md §3). Plain Java can't ask for O_NONBLOCK, so the pipe is asked first: a pipe that holds a byte is a rung bell,
 * and one that holds none can be written without waiting.
 */
final class Bells {
    private final Path folder;
    private final int own;
    private final RandomAccessFile[] pipes = new RandomAccessFile[Layout.LIMITS_SLOTS_MAX];
    private final FileInputStream[] inputs = new FileInputStream[Layout.LIMITS_SLOTS_MAX];
    private final byte[] heard = new byte[Layout.LIMITS_BELL_READ];

    Bells(String folder, int own) throws Refusal {
        if (folder == null || folder.isEmpty()) throw new Refusal("channel: COVEN_BELLS is not set");
        this.folder = Path.of(folder);
        this.own = own;
        for (int slot : new int[] {0, own})
            if (!open(slot)) throw new Refusal("channel: %s/bell.%d: no FIFO that can be opened", folder, slot);
    }

    /** Read-write, so that neither end ever waits for the other or sees an end of file. */
    boolean open(int slot) {
        if (pipes[slot] != null) return true;
        Path path = folder.resolve("bell." + slot);
        try {
            // Opening for writing would make a missing file; of what is no regular file, folder or link, only a FIFO opens and can be asked.
            if (!Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class).isOther()) return false;
            RandomAccessFile pipe = new RandomAccessFile(path.toFile(), "rw");
            pipes[slot] = pipe;
            inputs[slot] = new FileInputStream(pipe.getFD());
            return true;
        } catch (IOException error) {
            return false;
        }
    }

    /** A failure means that nobody can be woken there. Any thread. */
    void ring(int slot) {
        try {
            if (inputs[slot].available() == 0) pipes[slot].write(0);
        } catch (IOException nobody) {
            return;
        }
    }

    /** Wait until the own bell rings. */
    void sleep() {
        try {
            if (inputs[own].read(heard) < 0) throw new IOException("its end");
        } catch (IOException error) {
            throw new IllegalStateException("channel: the bell of this component can't be read: " + error.getMessage(), error);
        }
    }

    /** Silence the own bell without waiting for it. */
    void drain() {
        try {
            int waiting = inputs[own].available();
            if (waiting > 0 && inputs[own].read(heard, 0, Math.min(waiting, heard.length)) < 0) throw new IOException("its end");
        } catch (IOException error) {
            throw new IllegalStateException("channel: the bell of this component can't be read: " + error.getMessage(), error);
        }
    }
}
