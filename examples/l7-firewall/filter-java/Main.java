import coven.Coven;
import coven.Verdict;

/** Drops what the analyzer has marked: context byte 0 is not zero. */
public final class Main {
    public static void main(String[] arguments) {
        var dropped = Coven.counter("dropped", "packets", "marked packets discarded");
        var forwarded = Coven.counter("forwarded", "packets", "packets passed on");
        Coven.run(packet -> {
            if (packet.context(0) == 0) {
                forwarded.add(1);
                return Verdict.FORWARD;
            }
            dropped.add(1);
            return Verdict.DROP;
        });
    }
}
