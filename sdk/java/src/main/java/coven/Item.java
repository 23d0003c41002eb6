package coven;

import java.util.LinkedHashMap;
import java.util.Map;

/** What a component shows (spec/ea.md). Everything here runs on the packet thread, between bursts. */
abstract class Item {
    /** A request that can't be met, with the reason that spec/ea.md names. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1;
        final String reason;

        Failure(String reason, String text) {
            super(text, null, false, false);
            this.reason = reason;
        }
    }

    final String name, kind, type, unit, help;

    Item(String name, String kind, String type, String unit, String help) {
        this.name = name;
        this.kind = kind;
        this.type = type;
        this.unit = unit == null ? "" : unit;
        this.help = help == null ? "" : help;
    }

    Object get() throws Failure {
        throw new Failure("wrong-kind", "a command has no value; call it");
    }

    /** The value in force afterwards. */
    Object set(String json) throws Exception {
        throw new Failure("wrong-kind", "only a setting can be set");
    }

    Object call(String argument) throws Exception {
        throw new Failure("wrong-kind", "only a command can be called");
    }

    Map<String, Object> describe() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", name);
        map.put("kind", kind);
        map.put("type", type);
        map.put("unit", unit);
        map.put("help", help);
        try {
            map.put("value", get());
        } catch (Failure none) {
            return map; // a command stands in the list without a value
        }
        return map;
    }
}
