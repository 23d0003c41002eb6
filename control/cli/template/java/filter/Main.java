import coven.ContextField;
import coven.Counter;
import coven.Coven;
import coven.FlowTable;
import coven.Packet;
import coven.Setting;
import coven.Verdict;

/** Keeps packets away from one port. */
public final class Main {
    private final Setting<Long> port = Coven.setting("port", 8080, "", "packets to this port are kept away");
    private final Counter dropped = Coven.counter("dropped", "packets", "packets to the port, but for the first of each flow");
    /** Flows to the port; one is forgotten after 60 s without a packet. */
    private final FlowTable<Boolean> knocks = Coven.flowTable("knocks", 4096, 60);
    private final ContextField service = Coven.contextField("service");
    private final Verdict watch = Verdict.to("watch");

    private Verdict filter(Packet packet) {
        if (packet.tcp() == null && packet.udp() == null) return Verdict.FORWARD;
        int to = packet.tcp() != null ? packet.tcp().destinationPort() : packet.udp().destinationPort();
        packet.context(service, to);
        if (to != port.value()) return Verdict.FORWARD;
        if (knocks.get(packet) == null) {
            knocks.put(packet, true);
            return watch;
        }
        dropped.add(1);
        return Verdict.DROP;
    }

    public static void main(String[] arguments) {
        Coven.run(new Main()::filter);
    }
}
