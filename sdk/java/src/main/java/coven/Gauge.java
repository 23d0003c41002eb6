package coven;

/** A number that rises and falls. */
public final class Gauge extends Item {
    private double value;

    Gauge(String name, String unit, String help) {
        super(name, "gauge", "number", unit, help);
    }

    public void set(double now) {
        if (!Double.isFinite(now)) throw new IllegalArgumentException("gauge " + name + " cannot be " + now);
        value = now;
    }

    public double value() {
        return value;
    }

    @Override
    Object get() {
        return value;
    }
}
