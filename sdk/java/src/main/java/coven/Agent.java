package coven;

import java.util.concurrent.locks.LockSupport;

/**
 * Hands requests from the thread that reads the socket to the packet thread, one at a time: the author's code runs on one thread only.
 * The packet thread looks at one field a pass; a sleeping one is woken by its own bell.
 */
final class Agent {
    private static final int LEAVE_MS = 100;

    private final Items items;
    private final Channel channel;
    private final AgentSocket socket;
    private final Thread reader;

    /** A request under way; `line` is null if it was too long. */
    private static final class Request {
        final String line;
        volatile String answer;

        Request(String line) {
            this.line = line;
        }
    }

    private volatile Request waiting;

    /** Listens if the platform says where. */
    Agent(Items items, Channel channel) throws Refusal {
        this.items = items;
        this.channel = channel;
        String path = Environment.agent();
        socket = path == null ? null : new AgentSocket(path, this::ask);
        reader = socket == null ? null : new Thread(socket::serve, "coven-agent");
        if (reader == null) return;
        reader.setDaemon(true);
        reader.start();
    }

    /** Its thread ends: the virtual machine would wait 0.3 s for one that sits in a system call. */
    void close() throws InterruptedException {
        if (reader == null) return;
        socket.close();
        reader.join(LEAVE_MS);
    }

    boolean isWaiting() {
        return waiting != null;
    }

    /** Between bursts, on the packet thread. */
    void serve() {
        Request request = waiting;
        waiting = null;
        request.answer = items.answer(request.line, channel);
        LockSupport.unpark(reader);
    }

    /** On the reader's thread: it waits for the packet thread, however long the author's function takes. */
    private String ask(String line) {
        Request request = new Request(line);
        waiting = request;
        channel.wakeSelf();
        while (request.answer == null) LockSupport.park(this);
        return request.answer;
    }
}
