package coven;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.UnaryOperator;

/** The extended agent's socket: at most 8 connections, a line of at most 64 KiB each way, never a blocking call (spec/ea.md). */
final class AgentSocket {
    private static final int CONNECTIONS = 8;
    private static final int PATH_MAX = 107; // sun_path, without its NUL

    private final Path path;
    private final Selector selector;
    private final ServerSocketChannel listener;
    private final UnaryOperator<String> answer;

    /** `answer` gets a request (null: too long) and returns the line that answers it. */
    AgentSocket(String name, UnaryOperator<String> answer) throws Refusal {
        this.answer = answer;
        path = Path.of(name);
        try {
            removeStale(path);
            selector = Selector.open();
            listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            bind();
            listener.configureBlocking(false);
            listener.register(selector, SelectionKey.OP_ACCEPT);
        } catch (IOException error) {
            throw new Refusal("agent: COVEN_AGENT=%s: %s", name, Reasons.of(error));
        }
    }

    /** Only a socket is replaced; a file of another kind there is a mistake. */
    private static void removeStale(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) return;
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isOther()) throw new IOException("there is something that is no stale socket");
        Files.delete(path);
    }

    /** A path that is too long for a socket address is reached by a link to its folder. */
    private void bind() throws IOException {
        if (path.toString().getBytes(StandardCharsets.UTF_8).length <= PATH_MAX) {
            listener.bind(UnixDomainSocketAddress.of(path), CONNECTIONS);
        } else {
            Path folder = Files.createTempDirectory("coven");
            Path link = Files.createSymbolicLink(folder.resolve("a"), path.toAbsolutePath().getParent());
            try {
                listener.bind(UnixDomainSocketAddress.of(link.resolve(path.getFileName())), CONNECTIONS);
            } finally {
                Files.delete(link);
                Files.delete(folder);
            }
        }
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    }

    /** The reader's thread. */
    void serve() {
        try {
            while (selector.isOpen()) selector.select(this::turnTo);
        } catch (ClosedSelectorException closed) {
            return;
        } catch (IOException | RuntimeException error) {
            Environment.say("agent: " + error + "; it answers no more");
        }
    }

    /** From another thread: `serve` returns. */
    void close() {
        try {
            selector.close();
            listener.close();
            Files.deleteIfExists(path);
        } catch (IOException left) {
            return; // a stale socket is replaced by the next process
        }
    }

    private void turnTo(SelectionKey key) {
        if (!key.isValid()) return;
        if (key.channel() == listener) {
            welcome();
            return;
        }
        try {
            Connection connection = (Connection) key.attachment();
            connection.serve();
            key.interestOps(connection.owes() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        } catch (IOException gone) {
            hangUp((SocketChannel) key.channel());
        }
    }

    private static void hangUp(SocketChannel socket) {
        try {
            socket.close();
        } catch (IOException gone) {
            return;
        }
    }

    private void welcome() {
        SocketChannel socket = null;
        try {
            socket = listener.accept();
            if (socket == null) return;
            socket.configureBlocking(false);
            boolean room = selector.keys().stream().filter(SelectionKey::isValid).count() <= CONNECTIONS; // the listener is one
            if (room) socket.register(selector, SelectionKey.OP_READ, new Connection(socket, answer));
            else turnAway(socket);
        } catch (IOException gone) {
            if (socket != null) hangUp(socket);
        }
    }

    private static void turnAway(SocketChannel socket) throws IOException {
        socket.write(ByteBuffer.wrap((Items.error("too-large", "8 connections at most") + "\n").getBytes(StandardCharsets.UTF_8)));
        socket.close();
    }
}
