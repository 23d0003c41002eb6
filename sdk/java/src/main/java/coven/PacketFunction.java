package coven;

/** A network function, a packet at a time. */
@FunctionalInterface
public interface PacketFunction {
    /** At once: it never waits. What it throws drops the packet, with reason component_error. */
    Verdict decide(Packet packet) throws Exception;
}
