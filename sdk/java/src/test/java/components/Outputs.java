package components;

import coven.Coven;
import coven.Verdict;

/** Every other packet goes to the output `suspicious`. */
public final class Outputs {
    public static void main(String[] arguments) {
        Verdict suspicious = Verdict.to("suspicious");
        Coven.run(packet -> Expected.numberOf(packet) % 2 == 1 ? suspicious : Verdict.FORWARD);
    }
}
