package coven.testing;

import coven.BurstFunction;
import coven.Coven;
import coven.PacketFunction;
import coven.Rehearsal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A component under test, without the platform: the same function, on packets of a capture or of the test's own making.
 *
 * <pre>{@code
 * Harness harness = Harness.with().setting("limit", 10L).program(() -> Main.main(new String[0]));
 * Results results = harness.capture(Path.of("dns.pcap"));
 * assertEquals(12L, harness.item("dropped"));
 * }</pre>
 *
 * Packets that are kept after the function has returned refuse use, and offsets are checked, as on the platform.
 */
public final class Harness {
    private static final int CONTEXT = 16;

    private final Rehearsal rehearsal;

    private Harness(Rehearsal rehearsal) {
        this.rehearsal = rehearsal;
    }

    /** How a component is put up. */
    public static final class Options {
        private List<String> outputs = List.of("out");
        private String context;
        private final Map<String, Object> settings = new LinkedHashMap<>();

        private Options() {}

        /** In the order of vnf.yaml; the first is the default. */
        public Options outputs(String... names) {
            outputs = List.of(names);
            return this;
        }

        /** As {@code tenant:24,mark:8,reserved:96}. */
        public Options context(String layout) {
            context = layout;
            return this;
        }

        /** An initial value of a setting, as in vnf.yaml. */
        public Options setting(String name, Object value) {
            settings.put(name, value);
            return this;
        }

        /** A component's whole main: it makes its items, then calls Coven.run or Coven.runBurst. */
        public Harness program(Runnable main) {
            return new Harness(new Rehearsal(outputs, context, settings, main));
        }

        public Harness function(PacketFunction function) {
            return program(() -> Coven.run(function));
        }

        public Harness burst(BurstFunction function) {
            return program(() -> Coven.runBurst(function));
        }
    }

    public static Options with() {
        return new Options();
    }

    /** With context zero, at time 0. */
    public Result packet(byte[] bytes) {
        return packet(bytes, new byte[CONTEXT], 0);
    }

    public Result packet(byte[] bytes, byte[] context) {
        return packet(bytes, context, 0);
    }

    /** {@code timeNs} is when it arrives, ns since 1970: the time of flow tables. */
    public Result packet(byte[] bytes, byte[] context, long timeNs) {
        if (context.length != CONTEXT) throw new IllegalArgumentException("a context has " + CONTEXT + " bytes, not " + context.length);
        return pass(List.of(new Rehearsal.Given(bytes, context, timeNs))).get(0);
    }

    /** Every packet of a pcap or pcapng capture, in bursts, at the times that it has them. */
    public Results capture(Path file) throws IOException {
        List<Rehearsal.Given> all = Captures.read(file).stream().map(one -> new Rehearsal.Given(one.bytes(), new byte[CONTEXT], one.timeNs())).toList();
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < all.size(); i += Rehearsal.BURST) results.addAll(pass(all.subList(i, Math.min(i + Rehearsal.BURST, all.size()))));
        return new Results(results);
    }

    private List<Result> pass(List<Rehearsal.Given> given) {
        return rehearsal.pass(given).stream().map(Result::of).toList();
    }

    /** The value of an item: Long, Double, String, Boolean, or the map of a histogram. */
    public Object item(String name) {
        return rehearsal.item(name);
    }

    /** As an operator sets it; the value in force afterwards. */
    public Object set(String name, Object value) {
        return rehearsal.set(name, value);
    }

    /** As an operator calls it; the command's result. */
    public Object call(String name, String argument) {
        return rehearsal.call(name, argument);
    }
}
