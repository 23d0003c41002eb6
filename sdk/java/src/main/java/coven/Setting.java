package coven;

import java.util.function.Predicate;

/** What operators may set: a Long, a Double, a String or a Boolean. */
public final class Setting<T> extends Item {
    private final Class<T> of;
    private Predicate<T> accept = any -> true;
    private T value;

    Setting(String name, Class<T> of, T initial, String unit, String help) {
        super(name, "setting", typeOf(of), unit, help);
        this.of = of;
        value = initial;
    }

    private static String typeOf(Class<?> of) {
        if (of == Long.class) return "integer";
        if (of == Double.class) return "number";
        return of == Boolean.class ? "boolean" : "string";
    }

    /** The value in force. */
    public T value() {
        return value;
    }

    /** Asked before a new value counts; false, or an exception, refuses it. */
    public Setting<T> accept(Predicate<T> condition) {
        accept = condition;
        return this;
    }

    @Override
    Object get() {
        return value;
    }

    @Override
    Object set(String json) throws Failure {
        Object read = Json.scalar(json);
        if (of == Double.class && read instanceof Long whole) read = whole.doubleValue();
        if (!of.isInstance(read)) throw new Failure("bad-value", "not a JSON value of type " + type);
        T next = of.cast(read);
        if (!isAccepted(next)) throw new Failure("bad-value", "the component refuses this value");
        value = next;
        return value;
    }

    /** An exception of the author refuses as well. */
    private boolean isAccepted(T next) throws Failure {
        try {
            return accept.test(next);
        } catch (RuntimeException error) {
            throw new Failure("bad-value", String.valueOf(error.getMessage()));
        }
    }
}
