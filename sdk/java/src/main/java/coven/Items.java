package coven;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The registry of the extended agent, and its requests and answers (spec/ea.md). */
final class Items {
    static final int LINE_MAX = 65536;
    private static final int ITEMS_MAX = 256;
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,62}");
    private static final Set<String> ON_ITEM = new LinkedHashSet<>(List.of("get", "set", "call"));

    private final Map<String, Item> items = new LinkedHashMap<>();

    <T extends Item> T publish(T item) {
        if (!NAME.matcher(item.name).matches())
            throw new IllegalArgumentException("item \"" + item.name + "\": a name is a small letter, then up to 62 of a-z, 0-9, _ and -");
        if (items.size() == ITEMS_MAX) throw new IllegalStateException("item \"" + item.name + "\": a component shows at most " + ITEMS_MAX);
        if (items.putIfAbsent(item.name, item) != null) throw new IllegalArgumentException("item \"" + item.name + "\" is there already");
        return item;
    }

    /** The answer to one request, without its line feed; `line` is null if it was too long. `channel` says how the component is. */
    String answer(String line, Channel channel) {
        String answer;
        try {
            answer = Json.of(act(line, channel));
        } catch (Item.Failure failure) {
            answer = error(failure.reason, failure.getMessage());
        }
        return answer.getBytes(java.nio.charset.StandardCharsets.UTF_8).length < LINE_MAX ? answer : error("too-large", "the answer is over 64 KiB");
    }

    static String error(String reason, String text) {
        return Json.of(Map.of("error", pair("reason", reason, "text", text == null || text.isEmpty() ? "no reason was given" : text)));
    }

    private Object act(String line, Channel channel) throws Item.Failure {
        if (line == null) throw new Item.Failure("too-large", "a request has 64 KiB at most");
        if (line.indexOf('\0') >= 0) throw new Item.Failure("bad-request", "a NUL byte in the request");
        if (line.equals("list")) return Map.of("items", items.values().stream().map(Item::describe).toList());
        if (line.equals("check")) return check(channel);
        String[] words = line.split(" ", 3);
        if (!ON_ITEM.contains(words[0])) throw new Item.Failure("bad-request", "requests are: list, get NAME, set NAME VALUE, call NAME [ARGUMENT], check");
        if (words.length < 2 || words[1].isEmpty()) throw new Item.Failure("bad-request", "the name of an item is missing");
        return onItem(words[0], named(words[1]), words.length > 2 ? words[2] : "");
    }

    Item named(String name) throws Item.Failure {
        Item item = items.get(name);
        if (item == null) throw new Item.Failure("unknown-item", "there is no item " + shortened(name) + "; list names them");
        return item;
    }

    private static String shortened(String name) {
        return name.substring(0, Math.min(80, name.length()));
    }

    private static Object onItem(String operation, Item item, String rest) throws Item.Failure {
        if (operation.equals("get") && !rest.isEmpty()) throw new Item.Failure("bad-request", "get takes a name only");
        try {
            return switch (operation) {
                case "get" -> pair("name", item.name, "value", item.get());
                case "set" -> pair("name", item.name, "value", item.set(rest));
                default -> pair("name", item.name, "result", item.call(rest));
            };
        } catch (Item.Failure failure) {
            throw failure;
        } catch (Exception error) {
            throw new Item.Failure("failed", error.getMessage() == null ? error.toString() : error.getMessage());
        }
    }

    private static Object check(Channel channel) {
        int state = channel.state();
        Map<String, Object> map = pair("alive", true, "state", state >= 0 && state < Layout.SLOT_STATE_NAMES.length ? Layout.SLOT_STATE_NAMES[state] : "damaged");
        map.put("packets_in", channel.counter(Layout.COUNTER_PACKETS_IN));
        map.put("packets_out", channel.counter(Layout.COUNTER_PACKETS_OUT));
        map.put("packets_dropped", channel.counter(Layout.COUNTER_PACKETS_DROPPED));
        map.put("errors", channel.counter(Layout.COUNTER_ERRORS));
        map.put("heartbeat", channel.heartbeat());
        return map;
    }

    private static Map<String, Object> pair(String a, Object first, String b, Object second) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(a, first);
        map.put(b, second);
        return map;
    }
}
