package coven;

/** A network function, a burst at a time. */
@FunctionalInterface
public interface BurstFunction {
    /** Sets verdicts in place, at once. What it throws drops the whole burst, with reason component_error. */
    void decide(Burst burst) throws Exception;
}
