import coven.Coven;
import coven.Verdict;

/** Passes every packet on. */
public final class Main {
    public static void main(String[] arguments) {
        Coven.run(packet -> Verdict.FORWARD);
    }
}
