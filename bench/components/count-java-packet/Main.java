import coven.Coven;
import coven.Verdict;

/** Reads the EtherType of every packet and counts IPv4, one packet at a time. */
public final class Main {
    public static void main(String[] arguments) {
        var ipv4 = Coven.counter("ipv4", "packets", "packets whose EtherType is IPv4");
        Coven.run(packet -> {
            if (packet.u16(12) == 0x0800) ipv4.add(1);
            return Verdict.FORWARD;
        });
    }
}
