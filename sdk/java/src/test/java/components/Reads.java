package components;

import coven.Coven;
import coven.Verdict;
import java.util.TreeSet;

/** Packets read as they were sent; with an argument in the burst form, which drops every fourth. */
public final class Reads {
    public static void main(String[] arguments) {
        var wrong = new TreeSet<String>();
        Coven.command("wrong", "", argument -> wrong);
        if (arguments.length == 0) {
            Coven.run(packet -> {
                Expected.check(packet, wrong);
                return Verdict.FORWARD;
            });
        }
        Coven.runBurst(burst -> {
            for (int i = 0; i < burst.size(); i++) {
                Expected.check(burst.packet(i), wrong);
                if (Expected.numberOf(burst.packet(i)) % 4 == 1) burst.setVerdict(i, Verdict.DROP);
            }
        });
    }
}
