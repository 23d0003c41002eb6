package coven;

import static coven.Tests.equal;
import static coven.Tests.holds;
import static coven.Tests.refused;
import static coven.Tests.test;

import coven.testing.Harness;
import coven.testing.Result;
import coven.testing.Results;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The harness: verdicts, items, packets of one's own, life time, captures; and the capture of failures. */
final class HarnessTest {
    private static final byte[] DNS = Packets.udp(1, 2, 1000, 53, "query"), OTHER = Packets.udp(1, 2, 1000, 80, "other");
    private static Packet kept;
    private static Ipv4 keptView;

    private HarnessTest() {}

    /** A component as its author writes it. */
    private static void main() {
        var dropped = Coven.counter("dropped", "packets", "");
        var port = Coven.setting("port", 53, "", "");
        var sizes = Coven.histogram("sizes", "bytes", "");
        Verdict mirror = Verdict.to("mirror");
        ContextField tenant = Coven.contextField("tenant");
        Coven.command("reset", "", argument -> argument + "!");
        Coven.run(packet -> {
            sizes.record(packet.length());
            if (packet.udp().destinationPort() == port.value()) {
                dropped.add(1);
                return Verdict.DROP;
            }
            packet.context(tenant, packet.context(tenant) + 7);
            packet.ipv4().setTtl(packet.ipv4().ttl() - 1);
            packet.copy().send(mirror);
            return Verdict.FORWARD;
        });
    }

    private static Harness.Options options() {
        return Harness.with().outputs("out", "mirror").context("tenant:24,reserved:104");
    }

    static void run() {
        test("harness: verdict, bytes, context, packets of one's own, items", () -> {
            Harness harness = options().program(HarnessTest::main);
            equal(harness.packet(DNS).verdict(), "drop");
            Result other = harness.packet(OTHER, HexFormat.of().parseHex("000001" + "00".repeat(13)));
            equal(other.verdict(), "out");
            equal(HexFormat.of().formatHex(other.context(), 0, 3), "000008");
            equal(other.bytes()[22], (byte) 63);
            equal(other.sent().size(), 1);
            equal(other.sent().get(0).verdict(), "mirror");
            equal(harness.item("dropped"), 1L);
            holds(String.valueOf(harness.item("sizes")), "count=2");
            equal(harness.set("port", 80), 80L);
            equal(harness.packet(OTHER).verdict(), "drop");
            equal(harness.call("reset", "now"), "now!");
            refused(IllegalArgumentException.class, "there is no item nothing", () -> harness.item("nothing"));
        });
        test("harness: settings as in vnf.yaml; several side by side", () -> {
            Harness one = options().setting("port", 80L).program(HarnessTest::main), other = options().program(HarnessTest::main);
            equal(one.packet(OTHER).verdict() + other.packet(OTHER).verdict(), "dropout");
            equal(one.item("dropped"), 1L);
            equal(other.item("dropped"), 0L);
        });
        errors();
        captures();
        failures();
    }

    private static void errors() {
        test("harness: what the function throws is the result", () -> {
            Result result = Harness.with().function(packet -> packet.u16(packet.length()) == 0 ? Verdict.DROP : Verdict.FORWARD).packet(DNS);
            equal(result.verdict(), "error");
            holds(result.error().getMessage(), "outside the packet of " + DNS.length);
        });
        test("harness: an output that is not there, and no verdict", () -> {
            holds(Harness.with().function(packet -> Verdict.to("nowhere")).packet(DNS).error().getMessage(), "no output is named nowhere", "there are: out");
            holds(Harness.with().function(packet -> null).packet(DNS).error().getMessage(), "not null", "there are: out");
        });
        test("harness: a packet, and a view of it, that was kept refuses use", () -> {
            Harness.with().function(packet -> {
                kept = packet;
                keptView = packet.ipv4();
                return Verdict.FORWARD;
            }).packet(DNS);
            refused(IllegalStateException.class, "this packet has gone on", () -> kept.u8(0));
            refused(IllegalStateException.class, "this packet has gone on", () -> keptView.ttl());
            refused(IllegalStateException.class, "this packet has gone on", () -> kept.ipv4());
        });
        test("harness: a packet that was kept refuses use within its burst, too", () -> {
            kept = null;
            Rehearsal rehearsal = new Rehearsal(List.of("out"), null, Map.of(), () -> Coven.run(packet -> {
                if (kept != null) kept.u8(0);
                kept = packet;
                return Verdict.FORWARD;
            }));
            Rehearsal.Given given = new Rehearsal.Given(DNS, new byte[16], 0);
            List<Rehearsal.Outcome> outcomes = rehearsal.pass(List.of(given, given));
            equal(outcomes.get(0).bytes().length, DNS.length);
            holds(outcomes.get(1).error().getMessage(), "this packet has gone on");
        });
        test("harness: a program that runs nothing is refused", () ->
            refused(IllegalArgumentException.class, "neither Coven.run nor Coven.runBurst", () -> Harness.with().program(() -> {})));
        test("harness: bursts fail together", () -> {
            Harness harness = Harness.with().burst(burst -> burst.packet(burst.size()));
            equal(harness.packet(DNS).verdict(), "error");
        });
    }

    private static ByteBuffer buffer(int size, ByteOrder order) {
        return ByteBuffer.allocate(size).order(order);
    }

    private static byte[] pcap(ByteOrder order, int magic, int fraction) {
        ByteBuffer file = buffer(24 + 2 * 16 + DNS.length + OTHER.length, order);
        file.putInt(magic).putShort((short) 2).putShort((short) 4).putLong(0).putInt(65535).putInt(1);
        for (byte[] frame : new byte[][] {DNS, OTHER}) file.putInt(100).putInt(fraction).putInt(frame.length).putInt(frame.length).put(frame);
        return file.array();
    }

    private static byte[] pcapng(ByteOrder order, int resolution, long stamp) {
        int padded = DNS.length + 3 & ~3;
        ByteBuffer file = buffer(28 + 28 + 32 + padded, order);
        file.putInt(0x0A0D0D0A).putInt(28).putInt(0x1A2B3C4D).putShort((short) 1).putShort((short) 0).putLong(-1).putInt(28);
        file.putInt(1).putInt(28).putShort((short) 1).putShort((short) 0).putInt(0).putShort((short) 9).putShort((short) 1).put((byte) resolution).put(new byte[3]).putInt(28);
        file.putInt(6).putInt(32 + padded).putInt(0).putInt((int) (stamp >>> 32)).putInt((int) stamp).putInt(DNS.length).putInt(DNS.length);
        file.put(DNS).put(new byte[padded - DNS.length]).putInt(32 + padded);
        return file.array();
    }

    private static Results through(byte[] capture) throws IOException {
        Path file = Files.createTempFile("coven-java", ".pcap");
        try {
            Files.write(file, capture);
            return Harness.with().program(() -> {
                Verdict late = Verdict.FORWARD;
                Coven.run(packet -> packet.timeNs() == 100_000_005_000L ? late : Verdict.DROP);
            }).capture(file);
        } finally {
            Files.delete(file);
        }
    }

    private static void captures() {
        test("harness: captures in both orders and resolutions, pcapng as well", () -> {
            for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                equal(through(pcap(order, 0xA1B2C3D4, 5)).count("out"), 2L);
                equal(through(pcap(order, 0xA1B23C4D, 5000)).count("out"), 2L);
                equal(through(pcapng(order, 6, 100_000_005L)).count("out"), 1L);
                equal(through(pcapng(order, 9, 100_000_005_000L)).count("out"), 1L);
            }
        });
        test("harness: what is no capture is told", () -> {
            refused(IOException.class, "neither a pcap nor a pcapng", () -> through(new byte[24]));
            byte[] cut = pcap(ByteOrder.LITTLE_ENDIAN, 0xA1B2C3D4, 5);
            refused(IOException.class, "ends within a packet", () -> through(java.util.Arrays.copyOf(cut, cut.length - 1)));
            byte[] link = pcap(ByteOrder.LITTLE_ENDIAN, 0xA1B2C3D4, 5);
            link[20] = 113;
            refused(IOException.class, "link type 113, not Ethernet", () -> through(link));
            byte[] block = pcapng(ByteOrder.LITTLE_ENDIAN, 6, 1);
            block[60] = 12;
            refused(IOException.class, "too short for its type", () -> through(block));
        });
    }

    private static void failures() {
        test("failures: packets are kept, 64 at most, and can be read back", () -> {
            Path folder = Files.createTempDirectory("coven-java"), file = folder.resolve("made.pcap");
            try {
                String last = "";
                for (int i = 0; i < 66; i++) last = new FailureCapture(folder.toString(), "made").keep(VectorsTest.packet(DNS, -1));
                equal(last, "; " + file + " is full");
                Results back = Harness.with().function(packet -> packet.udp().destinationPort() == 53 ? Verdict.FORWARD : Verdict.DROP).capture(file);
                equal(back.count("out"), 64L);
            } finally {
                Files.deleteIfExists(file);
                Files.delete(folder);
            }
        });
        test("failures: a folder that is not there is told, and nothing else happens", () ->
            holds(new FailureCapture("/nowhere/at/all", "made").keep(VectorsTest.packet(DNS, -1)), "no capture is kept: /nowhere/at/all/made.pcap: there is no such file"));
    }
}
