import coven.testing.Harness;
import coven.testing.Results;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The filter on the packets of sample.pcap. Exits with 1 if something is wrong. */
public final class FilterTest {
    private static final Path SAMPLE = Path.of("sample.pcap");

    private static Harness filter() {
        return Harness.with().outputs("out", "watch").context("service:16,rest:112").program(() -> Main.main(new String[0]));
    }

    private static void equal(Object is, Object wanted) {
        if (!is.equals(wanted)) throw new AssertionError("is " + is + ", not " + wanted);
    }

    public static void main(String[] arguments) throws IOException {
        Harness filter = filter();
        Results results = filter.capture(SAMPLE);
        equal(results.all().stream().map(result -> result.verdict()).toList(), List.of("out", "out", "out", "watch", "drop", "out", "watch", "out"));
        equal((int) results.get(1).context()[1], 53);
        equal(filter.item("dropped"), 1L);

        Harness other = filter();
        other.set("port", 443L);
        Results changed = other.capture(SAMPLE);
        equal(List.of(changed.count("out"), changed.count("watch"), changed.count("drop")), List.of(6L, 1L, 1L));
        System.out.println("2 passed");
    }
}
