package coven;

/**
 * COVEN: a network function in Java is one function over packets.
 *
 * <pre>{@code
 * public final class Filter {
 *     public static void main(String[] args) {
 *         var dropped = Coven.counter("dropped", "packets", "marked packets discarded");
 *         Coven.run(packet -> {
 *             if (packet.context(0) == 0) return Verdict.FORWARD;
 *             dropped.add(1);
 *             return Verdict.DROP;
 *         });
 *     }
 * }
 * }</pre>
 *
 * One thread: the function and its agent's operations run on the thread that called {@code run}, and never at the same time.
 */
public final class Coven {
    private static final Items ITEMS = new Items();
    private static Channel channel;
    private static Transfer transfer;
    private static Failures failures;
    private static Rehearsal rehearsal;

    private Coven() {}

    /** Run the component until it is told to stop; then the process ends, and shutdown hooks run. */
    public static void run(PacketFunction function) {
        if (rehearsal != null) rehearsal.take(Author.each(function, rehearsal::failed));
        else start(Author.each(function, Coven::failed));
    }

    /** The same, a burst (1 to 64 packets) at a time: set verdicts in place. */
    public static void runBurst(BurstFunction function) {
        if (rehearsal != null) rehearsal.take(Author.bursts(function, rehearsal::failed));
        else start(Author.bursts(function, Coven::failed));
    }

    private static void failed(Throwable error, Packet packet, int packets) {
        transfer.fail(packets);
        failures.report(error, packet);
    }

    /** Returns the rehearsal that was under way. */
    static Rehearsal rehearse(Rehearsal next) {
        Rehearsal before = rehearsal;
        rehearsal = next;
        return before;
    }

    private static Items items() {
        return rehearsal != null ? rehearsal.items : ITEMS;
    }

    private static void start(Loop.Work work) {
        if (channel != null) throw new IllegalStateException("a component runs one function: run() or runBurst() was called before");
        int status = 1;
        try {
            attach().run(work);
            status = channel.hasFailed() ? 1 : 0;
        } catch (Refusal refusal) {
            Environment.say(refusal.getMessage()); // spec/channel.md §1: one line, before it says `attached`
        } catch (RuntimeException | Error | InterruptedException error) {
            Environment.say("this component cannot go on: " + Failures.trace(error));
        }
        System.exit(status); // whatever threads the author has left
    }

    private static Loop attach() throws Refusal {
        channel = new Channel(Environment.channel(), Environment.slot(), Environment.bells());
        Epoch epoch = channel.firstEpoch();
        transfer = new Transfer(channel, epoch);
        failures = new Failures();
        Loop loop = new Loop(channel, epoch, transfer, new Agent(ITEMS, channel));
        catchSignals(loop);
        channel.showSelf(epoch.current());
        return loop;
    }

    /** They are an order to stop (spec/channel.md §7), so the status is 0, which a shutdown hook can't give. Every JDK has the module jdk.unsupported. */
    private static void catchSignals(Loop loop) {
        for (String name : new String[] {"TERM", "INT"}) sun.misc.Signal.handle(new sun.misc.Signal(name), signal -> loop.stop());
    }

    /**
     * A packet of one's own (needs {@code creates: true}): {@code length} bytes of undefined content, zero context, on the way that {@code like} takes;
     * {@code like} may be null. Null if no frame is to be had.
     */
    public static Packet packetNew(int length, Packet like) {
        if (rehearsal != null) return rehearsal.packetNew(length, like);
        if (transfer == null) throw new IllegalStateException("packets are made by a component that runs: call packetNew() from its function or a command");
        return Packet.empty(channel.frames, transfer, length, like);
    }

    /** Names are unique, and match [a-z][a-z0-9_-]{0,62} (spec/ea.md). */
    public static Counter counter(String name, String unit, String help) {
        return items().publish(new Counter(name, unit, help));
    }

    public static Gauge gauge(String name, String unit, String help) {
        return items().publish(new Gauge(name, unit, help));
    }

    /** With powers of two as bounds, from 1 to 2^31. */
    public static Histogram histogram(String name, String unit, String help) {
        double[] bounds = new double[32];
        for (int i = 0; i < bounds.length; i++) bounds[i] = 1L << i;
        return histogram(name, bounds, unit, help);
    }

    /** {@code bounds} rise. */
    public static Histogram histogram(String name, double[] bounds, String unit, String help) {
        return items().publish(new Histogram(name, bounds, unit, help));
    }

    /** An integer that operators may set; {@link Setting#accept} says which values. */
    public static Setting<Long> setting(String name, long initial, String unit, String help) {
        return items().publish(new Setting<>(name, Long.class, initial, unit, help));
    }

    public static Setting<Double> setting(String name, double initial, String unit, String help) {
        return items().publish(new Setting<>(name, Double.class, initial, unit, help));
    }

    public static Setting<String> setting(String name, String initial, String unit, String help) {
        return items().publish(new Setting<>(name, String.class, initial, unit, help));
    }

    public static Setting<Boolean> setting(String name, boolean initial, String unit, String help) {
        return items().publish(new Setting<>(name, Boolean.class, initial, unit, help));
    }

    /** {@code act} runs between bursts. */
    public static void command(String name, String help, Command act) {
        items().publish(new Item(name, "command", "command", "", help) {
            @Override
            Object call(String argument) throws Exception {
                return act.call(argument);
            }
        });
    }

    /** A field of the context by its name in the package's layout. Look it up once. */
    public static ContextField contextField(String name) {
        return ContextField.named(name, Environment.context());
    }

    /** A table of at most {@code capacity} flows, each gone when unused for {@code timeout} seconds; both directions of a conversation are one. */
    public static <V> FlowTable<V> flowTable(String name, int capacity, double timeout) {
        return flowTable(name, capacity, timeout, true);
    }

    /** Publishes {@code NAME_flows}, {@code NAME_expired} and {@code NAME_evicted}. Each direction is a flow of its own unless {@code symmetric}. */
    public static <V> FlowTable<V> flowTable(String name, int capacity, double timeout, boolean symmetric) {
        Gauge flows = gauge(name + "_flows", "flows", "entries in the table, at most " + capacity);
        Counter expired = counter(name + "_expired", "flows", "entries unused for " + timeout + " s");
        return new FlowTable<>(capacity, timeout, symmetric, flows, expired, counter(name + "_evicted", "flows", "entries that made room for others"));
    }
}
