package coven;

import java.math.BigInteger;

/** A number that only rises. */
public final class Counter extends Item {
    private long value;

    Counter(String name, String unit, String help) {
        super(name, "counter", "integer", unit, help);
    }

    /** {@code amount} is not negative. */
    public void add(long amount) {
        if (amount < 0) throw new IllegalArgumentException("counter " + name + " cannot rise by " + amount);
        value += amount;
    }

    public long value() {
        return value;
    }

    /** Unsigned, 64 bits. */
    @Override
    Object get() {
        return value >= 0 ? value : new BigInteger(Long.toUnsignedString(value));
    }
}
