package coven;

import java.util.Map;
import java.util.regex.Pattern;

/** As much of JSON as the extended agent speaks (spec/ea.md): any value out, one scalar in. */
final class Json {
    private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9][0-9]*)");
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
    private static final String ESCAPES = "\"\\/bfnrt", MEANT = "\"\\/\b\f\n\r\t";

    private Json() {}

    /** Text of a value: null, a text, a number, a truth, a map, or something to iterate over. Anything else by its toString. */
    static String of(Object value) {
        StringBuilder out = new StringBuilder();
        write(out, value);
        return out.toString();
    }

    private static void write(StringBuilder out, Object value) {
        if (value == null || value instanceof Boolean || value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) out.append(value);
        else if (value instanceof Number number) out.append(Double.isFinite(number.doubleValue()) ? number.toString() : "null");
        else if (value instanceof Map<?, ?> map) writeMap(out, map);
        else if (value instanceof Iterable<?> all) writeAll(out, all);
        else writeString(out, value.toString());
    }

    private static void writeMap(StringBuilder out, Map<?, ?> map) {
        String comma = "";
        out.append('{');
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(comma);
            writeString(out, String.valueOf(entry.getKey()));
            out.append(':');
            write(out, entry.getValue());
            comma = ",";
        }
        out.append('}');
    }

    private static void writeAll(StringBuilder out, Iterable<?> all) {
        String comma = "";
        out.append('[');
        for (Object one : all) {
            out.append(comma);
            write(out, one);
            comma = ",";
        }
        out.append(']');
    }

    private static void writeString(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c < 0x20 || c == 0x7F || isLoneSurrogate(text, i)) out.append(String.format("\\u%04x", (int) c));
            else out.append(c);
        }
        out.append('"');
    }

    private static boolean isLoneSurrogate(String text, int at) {
        char c = text.charAt(at);
        if (Character.isHighSurrogate(c)) return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
        return Character.isLowSurrogate(c) && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
    }

    /** A Long, Double, String or Boolean; null if the text is no JSON scalar, or a number that fits neither. */
    static Object scalar(String text) {
        if (text.equals("true") || text.equals("false")) return text.equals("true");
        if (text.startsWith("\"")) return string(text);
        try {
            if (INTEGER.matcher(text).matches()) return Long.parseLong(text);
        } catch (NumberFormatException tooLarge) {
            return finite(text);
        }
        return NUMBER.matcher(text).matches() ? finite(text) : null;
    }

    private static Double finite(String text) {
        double value = Double.parseDouble(text);
        return Double.isFinite(value) ? value : null;
    }

    private static String string(String text) {
        StringBuilder out = new StringBuilder();
        int at = 1;
        while (at < text.length() && text.charAt(at) != '"') {
            char c = text.charAt(at++);
            if (c < 0x20) return null;
            if (c != '\\') {
                out.append(c);
                continue;
            }
            int known = at < text.length() ? ESCAPES.indexOf(text.charAt(at)) : -1;
            int code = known < 0 ? unicode(text, at) : MEANT.charAt(known);
            if (code < 0) return null;
            out.append((char) code);
            at += known < 0 ? 5 : 1;
        }
        return at == text.length() - 1 ? out.toString() : null;
    }

    /** `uXXXX` at `at`, or -1. */
    private static int unicode(String text, int at) {
        if (at + 5 > text.length() || text.charAt(at) != 'u') return -1;
        String digits = text.substring(at + 1, at + 5);
        return digits.matches("[0-9a-fA-F]{4}") ? Integer.parseInt(digits, 16) : -1;
    }
}
