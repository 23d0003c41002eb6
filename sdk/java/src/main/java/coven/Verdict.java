package coven;

/** Where a packet goes. */
public final class Verdict {
    /** On, by the first output. */
    public static final Verdict FORWARD = new Verdict(0, "FORWARD");
    /** Nowhere. */
    public static final Verdict DROP = new Verdict(0xFFFF, "DROP");

    /** Nowhere, because the author's code failed. */
    static final Verdict FAILED = new Verdict(0xFFFE, "FAILED");

    /** The number of a verdict that names no output. */
    static final int ABSENT = 0xFFFD;

    /** The number of an output, or anything else for none. */
    final int output;
    private final String name;

    private Verdict(int output, String name) {
        this.output = output;
        this.name = name;
    }

    /** The verdict that sends a packet to the output {@code name} of this component. Using one that names no output fails, as an exception does. Look it up once. */
    public static Verdict to(String name) {
        int found = Environment.outputs().indexOf(name);
        if (found == 0) return FORWARD;
        return new Verdict(found > 0 && found < Layout.LIMITS_OUTPUTS_MAX ? found : ABSENT, name);
    }

    static IllegalArgumentException wrong(Verdict verdict) {
        String outputs = "there are: " + String.join(", ", Environment.outputs());
        return new IllegalArgumentException(verdict == null
            ? "a verdict must be Verdict.FORWARD, Verdict.DROP or Verdict.to(name), not null; outputs: " + outputs
            : "no output is named " + verdict + " (vnf.yaml: outputs); " + outputs);
    }

    @Override
    public String toString() {
        return name;
    }
}
