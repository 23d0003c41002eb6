package coven;

/** Whether to spin before sleeping: with the profile `balanced` only where it lately paid (spec/channel.md §3). */
final class Waits {
    private final int profile;
    private final long spin;
    private long mean;

    /** Nothing is known as yet: it begins with sleeping. */
    Waits(int profile, long spinNs) {
        this.profile = profile;
        this.spin = spinNs;
        mean = most();
    }

    private long most() {
        return Layout.LIMITS_WAIT_CAP * spin;
    }

    boolean areOf(int profile, long spinNs) {
        return this.profile == profile && spin == spinNs;
    }

    /** One that slept took about the time of spinning longer than what was waited for. */
    void ended(long waitNs, boolean slept) {
        long seen = Math.min(slept ? Math.max(waitNs - spin, 0) : waitNs, most());
        mean = mean - (mean >> Layout.LIMITS_WAIT_SHIFT) + (seen >> Layout.LIMITS_WAIT_SHIFT);
    }

    /** For how long to spin now; 0: not at all. */
    long spinNs() {
        if (profile == Layout.PROFILE_POWER) return 0;
        return profile != Layout.PROFILE_BALANCED || mean <= spin ? spin : 0;
    }

    /** Whether they are worth a look at the clock. */
    boolean count() {
        return profile == Layout.PROFILE_BALANCED && spin > 0;
    }

    /** Between two looks whoever shares the CPU gets it. */
    boolean yield() {
        return profile == Layout.PROFILE_LATENCY;
    }

    long mean() {
        return mean;
    }
}
