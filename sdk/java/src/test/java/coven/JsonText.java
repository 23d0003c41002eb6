package coven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the vectors: Map, List, String, Long, Boolean, null. */
final class JsonText {
    private final String text;
    private int at;

    private JsonText(String text) {
        this.text = text;
    }

    static Map<String, Object> file(Path path) throws IOException {
        return object(new JsonText(Files.readString(path)).value());
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    static List<Object> list(Object value) {
        return (List<Object>) value;
    }

    private char next() {
        while (Character.isWhitespace(text.charAt(at))) at++;
        return text.charAt(at);
    }

    private boolean is(char wanted) {
        if (next() != wanted) return false;
        at++;
        return true;
    }

    private Object value() {
        return switch (next()) {
            case '{' -> members();
            case '[' -> elements();
            case '"' -> string();
            default -> word();
        };
    }

    private Map<String, Object> members() {
        Map<String, Object> map = new LinkedHashMap<>();
        at++;
        while (!is('}')) {
            next();
            String name = string();
            if (!is(':')) throw new IllegalStateException("no colon at " + at);
            map.put(name, value());
            is(',');
        }
        return map;
    }

    private List<Object> elements() {
        List<Object> list = new ArrayList<>();
        at++;
        while (!is(']')) {
            list.add(value());
            is(',');
        }
        return list;
    }

    /** The vectors escape nothing but quotes. */
    private String string() {
        int from = ++at;
        while (text.charAt(at) != '"') at += text.charAt(at) == '\\' ? 2 : 1;
        return text.substring(from, at++).replace("\\\"", "\"");
    }

    private Object word() {
        int from = at;
        while (at < text.length() && ",]}\n ".indexOf(text.charAt(at)) < 0) at++;
        String word = text.substring(from, at);
        return switch (word) {
            case "null" -> null;
            case "true" -> true;
            case "false" -> false;
            default -> Long.valueOf(word);
        };
    }
}
