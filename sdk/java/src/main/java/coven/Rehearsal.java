package coven;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A component without the platform: its function, its items, and frames of its own. {@code coven.testing.Harness} is what authors use; it is built on this.
 * Several may exist; one at a time works.
 */
public final class Rehearsal {
    /** What became of a packet. */
    public record Outcome(String verdict, Throwable error, byte[] bytes, byte[] context, List<Outcome> sent) {}

    /** A packet that goes in. */
    public record Given(byte[] bytes, byte[] context, long timeNs) {}

    /** Packets of a burst, and of the author's own in it. */
    public static final int BURST = Layout.LIMITS_BURST_DEFAULT;
    private static final int OWN = 64;

    final Items items = new Items();
    private final Map<String, String> environment = new HashMap<>();
    private final List<String> outputs;
    private final Stage stage = new Stage(BURST, OWN);
    private final Throwable[] errors = new Throwable[BURST];
    private Loop.Work work;
    private Burst burst;

    /** {@code program} calls {@link Coven#run} or {@link Coven#runBurst}, which come back at once. */
    public Rehearsal(List<String> outputs, String context, Map<String, Object> settings, Runnable program) {
        this.outputs = List.copyOf(outputs);
        environment.put("COVEN_OUTPUTS", String.join(",", outputs));
        environment.put("COVEN_CONTEXT", context == null ? "" : context);
        within(program);
        if (work == null) throw new IllegalArgumentException("the program has called neither Coven.run nor Coven.runBurst");
        settings.forEach(this::set);
    }

    void take(Loop.Work function) {
        work = function;
    }

    void failed(Throwable error, Packet packet, int packets) {
        for (int i = 0; i < burst.size; i++) if (packets > 1 || burst.packets[i] == packet) errors[i] = error;
    }

    /** What the component sees meanwhile is this. */
    private void within(Runnable act) {
        synchronized (Rehearsal.class) {
            Rehearsal before = Coven.rehearse(this);
            Map<String, String> was = Environment.replace(environment);
            try {
                act.run();
            } finally {
                Coven.rehearse(before);
                Environment.replace(was);
            }
        }
    }

    Packet packetNew(int length, Packet like) {
        return Packet.empty(stage.frames, stage, length, like);
    }

    /** Up to {@link #BURST} packets at once. */
    public List<Outcome> pass(List<Given> given) {
        if (given.size() > BURST) throw new IllegalArgumentException("a burst has at most " + BURST + " packets, not " + given.size());
        stage.begin(given.stream().mapToInt(one -> one.bytes.length).max().orElse(0));
        Packet[] packets = new Packet[given.size()];
        for (int i = 0; i < packets.length; i++) packets[i] = stage.packet(i, given.get(i));
        burst = new Burst(packets);
        burst.size = packets.length;
        if (burst.size > 0) within(() -> work.on(burst));
        burst.size = 0;
        return outcomes(packets);
    }

    /** Those that the component sent itself stand with the packet that they were made like, or the first. */
    private List<Outcome> outcomes(Packet[] packets) {
        List<Outcome> all = new ArrayList<>();
        for (int i = 0; i < packets.length; i++) {
            packets[i].reopen();
            List<Outcome> sent = new ArrayList<>();
            for (Stage.Sent one : stage.sent) if (one.origin() == packets[i] || i == 0 && one.origin() == null) sent.add(outcome(one.output(), null, one.bytes(), one.context(), List.of()));
            all.add(outcome(packets[i].verdict.output, errors[i], Stage.bytes(packets[i]), Stage.context(packets[i]), sent));
            errors[i] = null;
            packets[i].close();
        }
        return all;
    }

    private Outcome outcome(int output, Throwable error, byte[] bytes, byte[] context, List<Outcome> sent) {
        String verdict = error != null ? "error" : output < outputs.size() ? outputs.get(output) : "drop";
        return new Outcome(verdict, error, bytes, context, sent);
    }

    /** The value of an item, as its agent shows it: Long, Double, String, Boolean, or the map of a histogram. */
    public Object item(String name) {
        return asked(() -> items.named(name).get());
    }

    /** As an operator sets it; returns the value in force. */
    public Object set(String name, Object value) {
        return asked(() -> items.named(name).set(Json.of(value)));
    }

    /** As an operator calls it. */
    public Object call(String name, String argument) {
        return asked(() -> items.named(name).call(argument));
    }

    private interface Question {
        Object ask() throws Exception;
    }

    private Object asked(Question question) {
        Object[] answer = new Object[1];
        within(() -> {
            try {
                answer[0] = question.ask();
            } catch (RuntimeException error) {
                throw error;
            } catch (Exception error) {
                throw new IllegalArgumentException(error.getMessage(), error);
            }
        });
        return answer[0];
    }
}
