package components;

import static components.Expected.expect;

import coven.Coven;
import coven.Verdict;
import java.util.TreeSet;

/** Copies each packet to the output `copies` where it can, and makes one of its own for every tenth. */
public final class Creates {
    public static void main(String[] arguments) {
        var wrong = new TreeSet<String>();
        var created = Coven.counter("created", "packets", "");
        Verdict copies = Verdict.to("copies");
        Coven.command("wrong", "", argument -> wrong);
        Coven.run(packet -> {
            var copy = packet.copy();
            if (copy != null) {
                created.add(1);
                expect(wrong, "copy", copy.length() == packet.length() && copy.u32(4) == packet.u32(4) && copy.context(3) == packet.context(3));
                copy.send(copies);
                expect(wrong, "sent twice", fails(() -> copy.send(copies)));
            }
            var own = Expected.numberOf(packet) % 10 == 0 ? Coven.packetNew(60, packet) : null;
            if (own != null) {
                created.add(1);
                own.data().put(new byte[60]);
                expect(wrong, "own", own.length() == 60 && own.context(3) == 0);
                own.send(Verdict.DROP);
            }
            expect(wrong, "sent what is not one's own", fails(() -> packet.send(Verdict.FORWARD)));
            expect(wrong, "too long", Coven.packetNew(1 << 20, packet) == null);
            return Verdict.FORWARD;
        });
    }

    private static boolean fails(Runnable act) {
        try {
            act.run();
            return false;
        } catch (IllegalStateException error) {
            return true;
        }
    }
}
