import coven.testing.Harness;
import java.util.HexFormat;

/** The limiter under the SDK's harness: what passes at which times. Exits with 1 if something is wrong. */
public final class LimiterTest {
    private static final long SECOND = 1_000_000_000L;
    private static int wrong;

    private static void equal(String what, Object is, Object wanted) {
        if (is.equals(wanted)) return;
        wrong++;
        System.out.println(what + ": is " + is + ", not " + wanted);
    }

    /** 100 bytes of UDP from 10.0.0.`host`, port `port`. */
    private static byte[] packet(int host, int port) {
        byte[] frame = new byte[100];
        byte[] head = HexFormat.of().parseHex("020000000002020000000001" + "0800" + "450000560000000040110000" + "0a000000" + "0a0000fe" + "0000003500420000");
        System.arraycopy(head, 0, frame, 0, head.length);
        frame[29] = (byte) host;
        frame[34] = (byte) (port >> 8);
        frame[35] = (byte) port;
        return frame;
    }

    private static int passed(Harness harness, int packets, int host, int port, double seconds) {
        int passed = 0;
        for (int i = 0; i < packets; i++) if (harness.packet(packet(host, port), new byte[16], SECOND + (long) (seconds * SECOND)).verdict().equals("out")) passed++;
        return passed;
    }

    private static Harness harness(String per) {
        return Harness.with().setting("rate", 1000L).setting("burst", 500L).setting("per", per).program(() -> Main.main(new String[0]));
    }

    public static void main(String[] arguments) {
        Harness hosts = harness("host");
        equal("a burst", passed(hosts, 8, 1, 1000, 0), 5);
        equal("another host", passed(hosts, 8, 2, 1000, 0), 5);
        equal("another flow of the host", passed(hosts, 8, 1, 2000, 0), 0);
        equal("after 0.2 s at 1,000 bytes/s", passed(hosts, 8, 1, 1000, 0.2), 2);
        equal("after an hour a burst, no more", passed(hosts, 8, 1, 1000, 3600), 5);
        equal("a clock that goes back", passed(hosts, 8, 1, 1000, 1), 0);
        equal("limited", hosts.item("limited"), 100L * (3 + 3 + 8 + 6 + 3 + 8));
        hosts.set("rate", 4000L);
        equal("at 4,000 bytes/s from now on", passed(hosts, 8, 1, 1000, 3600.1), 4);
        Harness flows = harness("flow");
        equal("a flow", passed(flows, 8, 1, 1000, 0), 5);
        equal("another flow", passed(flows, 8, 1, 2000, 0), 5);
        equal("flows known", flows.item("flows_flows"), 2.0);
        equal("no IP", hosts.packet(new byte[60]).verdict(), "out");
        System.out.println(wrong == 0 ? "the limiter: as it should" : "the limiter: " + wrong + " wrong");
        System.exit(wrong == 0 ? 0 : 1);
    }
}
