package coven;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/** One client of the agent. One that does not read gets no further answers, and holds up nobody else. */
final class Connection {
    private final SocketChannel socket;
    private final UnaryOperator<String> answer;
    private final ByteBuffer in = ByteBuffer.allocate(Items.LINE_MAX);
    private ByteBuffer out = ByteBuffer.allocate(0);
    /** The rest of a line that was too long. */
    private boolean skipping;

    Connection(SocketChannel socket, UnaryOperator<String> answer) {
        this.socket = socket;
        this.answer = answer;
    }

    /** Answers that the client has not taken yet. */
    boolean owes() {
        return out.hasRemaining();
    }

    /** Read, answer every whole line, send. Throws once the client is gone. */
    void serve() throws IOException {
        if (!send()) return;
        boolean here = socket.read(in) >= 0;
        while (answerOne()) if (!send()) return;
        if (!here) throw new IOException("gone");
    }

    private boolean send() throws IOException {
        if (owes()) socket.write(out);
        return !owes();
    }

    /** False if no whole line is there. */
    private boolean answerOne() {
        int end = 0;
        while (end < in.position() && in.get(end) != '\n') end++;
        boolean whole = end < in.position();
        if (!whole && in.hasRemaining()) return false;
        if (!skipping) {
            String line = whole ? lineOf(end) : null;
            out = ByteBuffer.wrap((answer.apply(line) + "\n").getBytes(StandardCharsets.UTF_8));
        }
        skipping = !whole;
        in.flip().position(whole ? end + 1 : end);
        in.compact();
        return true;
    }

    private String lineOf(int end) {
        int length = end > 0 && in.get(end - 1) == '\r' ? end - 1 : end;
        return new String(in.array(), 0, length, StandardCharsets.UTF_8);
    }
}
