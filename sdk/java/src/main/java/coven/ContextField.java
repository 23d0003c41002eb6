package coven;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A field of the context by its name in the layout (spec/sdk.md, Context by layout): looked up once, by {@link Coven#contextField}. */
public final class ContextField {
    private static final int CONTEXT = 8 * Layout.LIMITS_CONTEXT_BYTES;

    private final String name;
    /** From the first, most significant bit. */
    final int offset, bits;

    private ContextField(String name, int offset, int bits) {
        this.name = name;
        this.offset = offset;
        this.bits = bits;
    }

    public String name() {
        return name;
    }

    public int bits() {
        return bits;
    }

    static ContextField named(String name, String layout) {
        if (layout == null) throw new IllegalArgumentException("context field " + name + ": this component has no context layout (vnf.yaml: context, nsh.contexts)");
        List<ContextField> fields = parse(layout);
        for (ContextField field : fields) if (field.name.equals(name)) return field;
        throw new IllegalArgumentException("the context has no field " + name + "; it has " + String.join(", ", fields.stream().map(ContextField::name).toList()));
    }

    private static List<ContextField> parse(String layout) {
        Map<String, ContextField> fields = new LinkedHashMap<>();
        int offset = 0;
        for (String part : layout.split(",", -1)) {
            ContextField field = parse(part.trim(), offset);
            if (fields.put(field.name, field) != null) throw wrong("two fields are named " + field.name);
            offset += field.bits;
        }
        if (offset != CONTEXT) throw wrong("the fields have " + offset + " bits, not " + CONTEXT);
        return List.copyOf(fields.values());
    }

    private static ContextField parse(String part, int offset) {
        String[] words = part.split(":", -1);
        if (words.length != 2 || words[0].isEmpty() || !words[1].matches("[1-9][0-9]{0,2}")) throw wrong("\"" + part + "\" is not NAME:BITS");
        return new ContextField(words[0], offset, Integer.parseInt(words[1]));
    }

    private static IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("COVEN_CONTEXT: " + what);
    }

    /** The number that stands here in a context of two halves. */
    long get(long high, long low) {
        if (bits > Long.SIZE) throw new IllegalArgumentException("context field " + name + " has " + bits + " bits: read its bytes");
        int after = CONTEXT - offset - bits;
        long shifted = after >= Long.SIZE ? high >>> after - Long.SIZE : after == 0 ? low : low >>> after | high << Long.SIZE - after;
        return shifted & mask();
    }

    private long mask() {
        return bits == Long.SIZE ? -1L : (1L << bits) - 1;
    }

    void check(long value) {
        if (bits > Long.SIZE) throw new IllegalArgumentException("context field " + name + " has " + bits + " bits: write bytes");
        if ((value & ~mask()) != 0) throw new IllegalArgumentException("context field " + name + " is " + value + ": it has " + bits + " bits");
    }

    /** A half of a context with `value` set; the first, more significant half, or the second. */
    long set(long half, boolean first, long value) {
        int after = CONTEXT - offset - bits - (first ? Long.SIZE : 0);
        if (after >= Long.SIZE || after <= -Long.SIZE) return half;
        return after >= 0 ? half & ~(mask() << after) | value << after : half & ~(mask() >>> -after) | value >>> -after;
    }

    /** Bytes of the value of a wide field, right-aligned. */
    int size() {
        return (bits + 7) / 8;
    }

    /** Bit `index` of the value, from its least significant one, as a bit of the context. */
    int place(int index) {
        return offset + bits - 1 - index;
    }

    void checkBytes(byte[] value) {
        if (value.length != size()) throw new IllegalArgumentException("context field " + name + " has " + size() + " bytes, not " + value.length);
        int spare = 8 * size() - bits;
        if (spare > 0 && (value[0] & 0xFF) >>> 8 - spare != 0) throw new IllegalArgumentException("context field " + name + ": the value has more than " + bits + " bits");
    }

    @Override
    public String toString() {
        return name + ":" + bits;
    }
}
