import coven.Coven;
import coven.Packet;
import coven.Verdict;

/** Writes the context of a packet that has none, else checks it: byte i is payload byte i + i, byte 15 is 1. */
public final class Main {
    private static int expected(Packet packet, int i) {
        return i == 15 ? 1 : packet.u8(14 + i) + i & 255;
    }

    public static void main(String[] arguments) {
        var written = Coven.counter("written", "packets", "contexts written");
        var matched = Coven.counter("matched", "packets", "contexts as the other component wrote them");
        var mismatched = Coven.counter("mismatched", "packets", "contexts that are not");
        Coven.run(packet -> {
            boolean first = packet.context(15) == 0, same = true;
            for (int i = 0; i < 16; i++) {
                if (first) packet.setContext(i, expected(packet, i));
                else same &= packet.context(i) == expected(packet, i);
            }
            (first ? written : same ? matched : mismatched).add(1);
            return Verdict.FORWARD;
        });
    }
}
