package coven;

import static coven.Tests.equal;
import static coven.Tests.holds;
import static coven.Tests.refused;
import static coven.Tests.test;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The limits of spec/ea.md: connections, lines, and clients that do not read. */
final class AgentSocketTest {
    private AgentSocketTest() {}

    /** A served socket that answers each request with itself in brackets. */
    private static final class Served implements AutoCloseable {
        final Path folder = Files.createTempDirectory("coven-agent"), path;
        final AgentSocket socket;
        final Thread thread;

        Served(String name, UnaryOperator<String> answer) throws IOException, Refusal {
            path = folder.resolve(name);
            Files.createDirectories(path.getParent());
            socket = new AgentSocket(path.toString(), answer);
            thread = new Thread(socket::serve);
            thread.start();
        }

        Client client() throws IOException {
            Path link = Files.createSymbolicLink(Files.createTempDirectory("c").resolve("d"), path.getParent());
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(link.resolve(path.getFileName())));
            Files.delete(link);
            Files.delete(link.getParent());
            return new Client(channel, new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8)));
        }

        @Override
        public void close() throws IOException {
            socket.close();
            equal(Files.exists(path), false);
            for (Path at = path.getParent(); at.startsWith(folder); at = at.getParent()) Files.delete(at);
        }
    }

    private record Client(SocketChannel channel, BufferedReader lines) {
        void send(String text) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) channel.write(bytes);
        }

        String asked(String request) throws IOException {
            send(request + "\n");
            return lines.readLine();
        }
    }

    private static String bracketed(String request) {
        return "(" + request + ")";
    }

    static void run() {
        test("agent: requests in order, mode 0600", () -> {
            try (Served served = new Served("a.sock", AgentSocketTest::bracketed)) {
                equal(PosixFilePermissions.toString(Files.getPosixFilePermissions(served.path)), "rw-------");
                Client client = served.client();
                client.send("one\ntwo\r\nthr");
                client.send("ee\n");
                for (String wanted : new String[] {"(one)", "(two)", "(three)"}) equal(client.lines.readLine(), wanted);
            }
        });
        test("agent: a path that is too long for a socket address", () -> {
            try (Served served = new Served("folder/".repeat(20) + "a.sock", AgentSocketTest::bracketed)) {
                equal(served.client().asked("x"), "(x)");
            }
        });
        test("agent: a line over 64 KiB is refused once, and the next one counts", () -> {
            try (Served served = new Served("a.sock", AgentSocketTest::bracketed)) {
                Client client = served.client();
                equal(client.asked("x".repeat(200_000)), "(null)");
                equal(client.asked("y"), "(y)");
            }
        });
        test("agent: the ninth connection is turned away, until one leaves", () -> {
            try (Served served = new Served("a.sock", AgentSocketTest::bracketed)) {
                List<Client> clients = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    clients.add(served.client());
                    equal(clients.get(i).asked("" + i), "(" + i + ")");
                }
                holds(served.client().lines.readLine(), "too-large", "8 connections at most");
                clients.get(3).channel.close();
                for (Client client : List.of(clients.get(7), clients.get(0))) equal(client.asked("z"), "(z)");
                equal(served.client().asked("new"), "(new)");
            }
        });
        test("agent: who does not read holds up nobody else", () -> {
            try (Served served = new Served("a.sock", request -> "x".repeat(60_000))) {
                Client deaf = served.client(), other = served.client();
                deaf.send("ask\n".repeat(100)); // 6 MB of answers, more than a socket holds
                equal(other.asked("ask").length(), 60_000);
                for (int i = 0; i < 100; i++) equal(deaf.lines.readLine().length(), 60_000);
            }
        });
        test("agent: only a socket is replaced", () -> {
            Path file = Files.createTempFile("coven", ".sock");
            refused(Refusal.class, "there is something that is no stale socket", () -> new AgentSocket(file.toString(), AgentSocketTest::bracketed));
            Files.delete(file);
        });
    }
}
