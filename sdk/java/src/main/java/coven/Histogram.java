package coven;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How often values fell between bounds. */
public final class Histogram extends Item {
    private static final int BUCKETS_MAX = 64;
    private final double[] bounds;
    private final long[] counts;
    private long count;
    private double sum;

    Histogram(String name, double[] bounds, String unit, String help) {
        super(name, "histogram", "number", unit, help);
        boolean rising = bounds.length > 0 && bounds.length <= BUCKETS_MAX;
        for (int i = 0; i < bounds.length; i++) rising &= Double.isFinite(bounds[i]) && (i == 0 || bounds[i] > bounds[i - 1]);
        if (!rising) throw new IllegalArgumentException("histogram " + name + ": 1 to " + BUCKETS_MAX + " bounds, each above the one before");
        this.bounds = bounds.clone();
        counts = new long[bounds.length];
    }

    /** Each bucket counts the values up to its bound and above the one before. What lies over the last is in {@code count} alone. */
    public void record(double value) {
        if (!Double.isFinite(value)) throw new IllegalArgumentException("histogram " + name + " cannot take " + value);
        count++;
        sum += value;
        for (int i = 0; i < bounds.length; i++) {
            if (value > bounds[i]) continue;
            counts[i]++;
            return;
        }
    }

    @Override
    Object get() {
        List<List<Object>> buckets = new ArrayList<>();
        for (int i = 0; i < bounds.length; i++) buckets.add(List.of(bounds[i], counts[i]));
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("count", count);
        map.put("sum", sum);
        map.put("buckets", buckets);
        return map;
    }
}
