import coven.Coven;

/** Reads the EtherType of every packet and counts IPv4, a burst at a time. */
public final class Main {
    public static void main(String[] arguments) {
        var ipv4 = Coven.counter("ipv4", "packets", "packets whose EtherType is IPv4");
        Coven.runBurst(burst -> {
            int seen = 0;
            for (int i = 0; i < burst.size(); i++) if (burst.packet(i).u16(12) == 0x0800) seen++;
            ipv4.add(seen);
        });
    }
}
