package coven;

import java.util.List;
import java.util.Map;

/** What the platform tells a component (spec/channel.md §1), and its voice in the log. */
final class Environment {
    private static Map<String, String> variables = System.getenv();

    private Environment() {}

    /** For a rehearsal; returns those that were in force. */
    static Map<String, String> replace(Map<String, String> by) {
        Map<String, String> before = variables;
        variables = by;
        return before;
    }

    private static String get(String variable, String otherwise) {
        String value = variables.get(variable);
        return value == null || value.isEmpty() ? otherwise : value;
    }

    static String name() {
        return get("COVEN_NAME", "component");
    }

    static String channel() {
        return get("COVEN_CHANNEL", "/proc/self/fd/3");
    }

    static String bells() {
        return get("COVEN_BELLS", null);
    }

    /** Path of the agent's socket, or null. */
    static String agent() {
        return get("COVEN_AGENT", null);
    }

    /** The layout of the context, or null. */
    static String context() {
        return get("COVEN_CONTEXT", null);
    }

    /** Folder for captures of packets that the function failed on, or null. */
    static String failures() {
        return get("COVEN_FAILURES", null);
    }

    /** In the order of their numbers; the first is the default. */
    static List<String> outputs() {
        return List.of(get("COVEN_OUTPUTS", "out").split(","));
    }

    static int slot() throws Refusal {
        String text = get("COVEN_SLOT", "not set");
        if (text.matches("[0-9]{1,2}")) {
            int slot = Integer.parseInt(text);
            if (slot > 0 && slot < Layout.LIMITS_SLOTS_MAX) return slot;
        }
        throw new Refusal("channel: COVEN_SLOT is %s; components are started by COVEN, or by `coven dev`", text);
    }

    /** One line, or one trace, for the person who reads the component's log. */
    static void say(String text) {
        System.err.print(name() + ": " + text + "\n");
        System.err.flush();
    }
}
