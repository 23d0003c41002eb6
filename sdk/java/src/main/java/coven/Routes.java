package coven;

/** Where a packet goes: by lane and output, and by flow where several edges share both (spec/channel.md §4, `fan_out`). */
final class Routes {
    private static final int LANES = 256;
    private static final int BUCKETS = 128;
    private static final int WEIGHT_MAX = 256;

    private final End[] ends;
    private final End[] single = new End[LANES * Layout.LIMITS_OUTPUTS_MAX];
    private final End[][] fans = new End[LANES * Layout.LIMITS_OUTPUTS_MAX][];

    Routes(End[] ends) {
        this.ends = ends;
        boolean[] taken = new boolean[single.length];
        for (End end : ends) {
            if (end.role != Layout.ROLE_OUT) continue;
            int way = way(end.lane, end.output);
            if (!taken[way]) single[way] = end;
            else if (fans[way] == null) {
                fans[way] = fan(single[way]);
                single[way] = null;
            }
            taken[way] = true;
        }
    }

    private static int way(int lane, int output) {
        return lane * Layout.LIMITS_OUTPUTS_MAX + output;
    }

    /** The one edge for this lane and output; null if there is none, or a fan. `output` is under outputs_max. */
    End single(int lane, int output) {
        return single[way(lane, output)];
    }

    /** The replica for this flow, or null. */
    End replica(int lane, int output, int flowHash) {
        End[] fan = fans[way(lane, output)];
        return fan == null ? null : fan[flowHash * 0x9E3779B1 >>> 25];
    }

    private End[] fan(End first) {
        boolean weighted = isWeighted(first);
        End[] fan = new End[BUCKETS];
        for (int bucket = 0; bucket < BUCKETS; bucket++) fan[bucket] = best(first, bucket, weighted);
        return fan;
    }

    private End best(End first, int bucket, boolean weighted) {
        End best = first;
        long highest = 0;
        for (End end : ends) {
            if (!isTogether(first, end)) continue;
            long drawn = draw(end, bucket, weighted ? Integer.compareUnsigned(end.weight, WEIGHT_MAX) < 0 ? end.weight : WEIGHT_MAX : 1);
            if (Long.compareUnsigned(drawn, highest) <= 0) continue;
            highest = drawn;
            best = end;
        }
        return best;
    }

    private static boolean isTogether(End a, End b) {
        return b.role == Layout.ROLE_OUT && a.output == b.output && a.lane == b.lane;
    }

    /** Weight 0 takes no new flows, unless no replica has a weight. */
    private boolean isWeighted(End first) {
        for (End end : ends) if (isTogether(first, end) && end.weight != 0) return true;
        return false;
    }

    /** Weighted rendezvous with whole weights: an edge of weight w draws w times for a bucket, and its best draw counts. */
    private static long draw(End end, int bucket, int weight) {
        long best = 0;
        for (int i = 0; i < weight; i++) {
            long drawn = mix(((long) end.seed << 32 | (long) bucket << 16 | i) + 0x9E3779B97F4A7C15L);
            if (Long.compareUnsigned(drawn, best) > 0) best = drawn;
        }
        return best;
    }

    private static long mix(long value) {
        long x = value;
        x = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
        x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
        return x ^ x >>> 31;
    }
}
