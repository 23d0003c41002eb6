package coven;

import java.util.List;

/** Where a packet goes. */
public final class Verdict {
    /** On, by the first output. */
    public static final Verdict FORWARD = new Verdict(0, "FORWARD");
    /** Nowhere. */
    public static final Verdict DROP = new Verdict(0xFFFF, "DROP");

    /** Nowhere, because the author's code failed. */
    static final Verdict FAILED = new Verdict(0xFFFE, "FAILED");

    /** The number of an output, or anything else for none. */
    final int output;
    private final String name;

    private Verdict(int output, String name) {
        this.output = output;
        this.name = name;
    }

    /** The verdict that sends a packet to the output {@code name} of this component; {@link #DROP} and a line on stderr if there is none. Look it up once. */
    public static Verdict to(String name) {
        List<String> outputs = Environment.outputs();
        int found = outputs.indexOf(name);
        if (found == 0) return FORWARD;
        if (found > 0 && found < Layout.LIMITS_OUTPUTS_MAX) return new Verdict(found, name);
        Environment.say("no output is named " + name + "; packets sent there are dropped (vnf.yaml: outputs). There are: " + String.join(", ", outputs));
        return DROP;
    }

    @Override
    public String toString() {
        return name;
    }
}
