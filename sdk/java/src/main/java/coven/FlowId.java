package coven;

/** A flow as the network labels it (RFC 9263 §4.5): the flow label of IPv6, or the entropy label of MPLS, 20 bits. */
public record FlowId(int contextType, int label) {
    public static final int IPV6 = 0, MPLS = 1;

    /** Null for no value, or one that is none. */
    static FlowId of(byte[] value) {
        return value == null || value.length != 4 ? null : new FlowId((value[0] & 0xFF) >> 4, (int) Metadata.number(value, 0, 4) & 0xFFFFF);
    }

    /** As the value of a piece of metadata. */
    public byte[] value() {
        return Metadata.bytes((long) contextType << 28 | label, 4);
    }
}
