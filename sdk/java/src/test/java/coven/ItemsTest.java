package coven;

import static coven.Tests.equal;
import static coven.Tests.holds;
import static coven.Tests.refused;
import static coven.Tests.test;

/** The words of spec/ea.md. */
final class ItemsTest {
    private ItemsTest() {}

    private static Items items() {
        Items items = new Items();
        items.publish(new Counter("seen", "packets", "how many")).add(3);
        items.publish(new Gauge("load", "", "")).set(0.5);
        items.publish(new Setting<>("limit", Long.class, 10L, "packets", "").accept(value -> value > 0));
        items.publish(new Setting<>("share", Double.class, 1.0, "", ""));
        items.publish(new Setting<>("word", String.class, "a", "", ""));
        items.publish(new Item("echo", "command", "command", "", "") {
            @Override
            Object call(String argument) {
                if (argument.isEmpty()) throw new IllegalStateException("nothing to say");
                return argument;
            }
        });
        return items;
    }

    private static void answers(String request, String wanted) {
        equal(items().answer(request, null), wanted);
    }

    private static void fails(String request, String reason) {
        holds(items().answer(request, null), "{\"error\":{\"reason\":\"" + reason + "\",\"text\":\"");
    }

    static void run() {
        test("items: get, set and call", () -> {
            answers("get seen", "{\"name\":\"seen\",\"value\":3}");
            answers("get load", "{\"name\":\"load\",\"value\":0.5}");
            answers("set limit 7", "{\"name\":\"limit\",\"value\":7}");
            answers("set share 2", "{\"name\":\"share\",\"value\":2.0}");
            answers("set word \"b c\"", "{\"name\":\"word\",\"value\":\"b c\"}");
            answers("call echo two  words", "{\"name\":\"echo\",\"result\":\"two  words\"}");
        });
        test("items: every refusal has its reason", () -> {
            fails("get nothing", "unknown-item");
            fails("get echo", "wrong-kind");
            fails("set seen 1", "wrong-kind");
            fails("call seen", "wrong-kind");
            fails("set limit 0", "bad-value");
            fails("set limit 1.5", "bad-value");
            fails("set limit", "bad-value");
            fails("set word b", "bad-value");
            fails("call echo", "failed");
            for (String request : new String[] {"", "get", "get ", "get seen now", "list all", "dance", "get\0seen"}) fails(request, "bad-request");
            fails(null, "too-large");
            fails("call echo " + "x".repeat(65530), "too-large");
        });
        test("items: list is the registry", () -> holds(items().answer("list", null),
            "{\"items\":[{\"name\":\"seen\",\"kind\":\"counter\",\"type\":\"integer\",\"unit\":\"packets\",\"help\":\"how many\",\"value\":3},",
            "{\"name\":\"echo\",\"kind\":\"command\",\"type\":\"command\",\"unit\":\"\",\"help\":\"\"}"));
        test("items: names are checked, and unique", () -> {
            refused(IllegalArgumentException.class, "a name is a small letter", () -> items().publish(new Gauge("Big", "", "")));
            refused(IllegalArgumentException.class, "is there already", () -> items().publish(new Gauge("seen", "", "")));
        });
        test("items: a counter only rises, and is unsigned", () -> {
            Counter counter = new Counter("c", "", "");
            refused(IllegalArgumentException.class, "cannot rise by -1", () -> counter.add(-1));
            counter.add(Long.MAX_VALUE);
            counter.add(2);
            equal(Json.of(counter.get()), "9223372036854775809");
        });
        test("items: a histogram counts up to each bound", () -> {
            Histogram sizes = new Histogram("sizes", new double[] {10, 20}, "", "");
            for (int value : new int[] {1, 10, 11, 30}) sizes.record(value);
            equal(Json.of(sizes.get()), "{\"count\":4,\"sum\":52.0,\"buckets\":[[10.0,2],[20.0,1]]}");
            refused(IllegalArgumentException.class, "each above the one before", () -> new Histogram("h", new double[] {2, 2}, "", ""));
        });
    }
}
