import coven.Coven;
import coven.Counter;
import coven.FlowTable;
import coven.Packet;
import coven.Setting;
import coven.Verdict;

/** A token bucket for each source host, or for each flow. What is no IP passes. */
public final class Main {
    private static final int FLOWS_MAX = 65_536;
    /** A bucket that is unused for so long is full again at any rate that matters. */
    private static final double IDLE_S = 60;

    private final Setting<Long> rate = Coven.setting("rate", 125_000, "bytes/s", "what each may send in the long run").accept(value -> value > 0);
    private final Setting<Long> burst = Coven.setting("burst", 15_000, "bytes", "what each may send at once; a packet or more").accept(value -> value > 0);
    private final Setting<String> per = Coven.setting("per", "host", "", "who has a bucket: host (source address) or flow").accept(value -> value.equals("host") || value.equals("flow"));
    private final Counter passed = Coven.counter("passed", "bytes", "bytes within the rate");
    private final Counter limited = Coven.counter("limited", "bytes", "bytes over the rate, dropped");
    private final FlowTable<Bucket> flows = Coven.flowTable("flows", FLOWS_MAX, IDLE_S, false);
    private final Hosts hosts = new Hosts();

    private Bucket bucketOf(Packet packet) {
        if (per.value().equals("host")) return hosts.of(packet, burst.value());
        Bucket known = flows.get(packet);
        if (known != null) return known;
        Bucket bucket = new Bucket(burst.value(), packet.timeNs());
        flows.put(packet, bucket);
        return bucket;
    }

    private Verdict limit(Packet packet) {
        if (packet.ipv4() == null && packet.ipv6() == null) return Verdict.FORWARD;
        boolean within = bucketOf(packet).take(packet.length(), rate.value(), burst.value(), packet.timeNs());
        (within ? passed : limited).add(packet.length());
        return within ? Verdict.FORWARD : Verdict.DROP;
    }

    public static void main(String[] arguments) {
        Coven.run(new Main()::limit);
    }
}
