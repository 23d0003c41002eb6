package components;

import coven.Coven;
import coven.Verdict;

/** Four of ten packets meet an exception; with an argument the first three bursts do. */
public final class Fails {
    private static int failures;

    public static void main(String[] arguments) {
        if (arguments.length > 0) {
            Coven.runBurst(burst -> {
                burst.setVerdict(0, Verdict.DROP);
                if (failures++ < 3) burst.packet(burst.size());
            });
        }
        Coven.run(packet -> switch ((int) (Expected.numberOf(packet) % 10)) {
            case 1 -> verdict(packet.u16(packet.length() - 1));
            case 2 -> null;
            case 3 -> throw new java.io.IOException("checked");
            case 4 -> deeper(0);
            default -> Verdict.FORWARD;
        });
    }

    private static Verdict verdict(int ignored) {
        return Verdict.DROP;
    }

    private static Verdict deeper(int depth) {
        return deeper(depth + 1) == null ? Verdict.DROP : Verdict.FORWARD;
    }
}
