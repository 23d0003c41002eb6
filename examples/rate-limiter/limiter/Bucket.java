/** A token bucket: bytes that may still be sent. It fills with time, up to the burst. */
final class Bucket {
    private static final double SECOND = 1e9;

    private double tokens;
    private long filledNs;

    Bucket(long burst, long nowNs) {
        tokens = burst;
        filledNs = nowNs;
    }

    /** Take `bytes` if there are as many; `rate` in bytes a second. A clock that goes back fills nothing. */
    boolean take(int bytes, long rate, long burst, long nowNs) {
        if (nowNs > filledNs) {
            tokens = Math.min(burst, tokens + (nowNs - filledNs) * (rate / SECOND));
            filledNs = nowNs;
        }
        if (tokens < bytes) return false;
        tokens -= bytes;
        return true;
    }
}
