package coven;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Tells the author of what his code threw: the first of a kind, then at most one a second (the counters have them all). */
final class Failures {
    private static final int KINDS_MAX = 16, LINES_MAX = 40;
    private static final long PAUSE_NS = 1_000_000_000L;

    private final FailureCapture capture = new FailureCapture(Environment.failures(), Environment.name());
    private final Set<String> kinds = new HashSet<>();
    private long last = System.nanoTime() - PAUSE_NS;
    private long silenced;

    /** What the virtual machine can't go on after ends the component. */
    void report(Throwable error, Packet packet) {
        if (error instanceof VirtualMachineError fatal && !(error instanceof StackOverflowError)) throw fatal;
        String kept = capture.keep(packet);
        long now = System.nanoTime();
        if (!isNew(kindOf(error)) && now - last < PAUSE_NS) {
            silenced++;
            return;
        }
        String more = silenced > 0 ? " (and " + silenced + " more since the last report)" : "";
        Environment.say("the function failed, its packets are dropped" + more + ": " + error + where(error) + kept + "\n" + trace(error));
        last = now;
        silenced = 0;
    }

    /** The line of the author's code. */
    private static String where(Throwable error) {
        for (StackTraceElement frame : error.getStackTrace())
            if (!frame.getClassName().matches("(coven|java|jdk|sun)\\..*")) return " at " + frame.getFileName() + ":" + frame.getLineNumber();
        return "";
    }

    /** The message without the numbers that it carries, and where it comes from. */
    private static String kindOf(Throwable error) {
        StackTraceElement[] frames = error.getStackTrace();
        return String.valueOf(error).replaceAll("[0-9]+", "#") + (frames.length > 0 ? frames[0] : "");
    }

    private boolean isNew(String kind) {
        return kinds.size() < KINDS_MAX && kinds.add(kind);
    }

    static String trace(Throwable error) {
        StringWriter text = new StringWriter();
        error.printStackTrace(new PrintWriter(text));
        List<String> lines = text.toString().stripTrailing().lines().toList();
        String more = lines.size() > LINES_MAX ? "\n\t... and " + (lines.size() - LINES_MAX) + " more" : "";
        return String.join("\n", lines.subList(0, Math.min(lines.size(), LINES_MAX))) + more;
    }
}
