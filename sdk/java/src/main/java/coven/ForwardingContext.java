package coven;

/** Where a packet belongs (RFC 9263 §4.1): what {@code number} means is said by {@code contextType}. */
public record ForwardingContext(int contextType, long number) {
    public static final int VLAN = 0, QINQ = 1, MPLS = 2, VNI = 3, SESSION = 4;

    /** Null for no value, or one that is none. */
    static ForwardingContext of(byte[] value) {
        if (value == null || value.length < 4) return null;
        int kind = (value[0] & 0xFF) >> 4;
        if (value.length != (kind == SESSION ? 8 : 4)) return null;
        return new ForwardingContext(kind, kind == SESSION ? Metadata.number(value, 4, 4) : Metadata.number(value, 0, 4) & mask(kind));
    }

    /** Without the reserved bits, which are ignored when read and zero when written. */
    private static long mask(int kind) {
        return kind == VLAN ? 0xFFF : kind == MPLS ? 0xFFFFF : 0xFFFFFF;
    }

    /** As the value of a piece of metadata. */
    public byte[] value() {
        return contextType == SESSION ? Metadata.bytes((long) contextType << 60 | number, 8) : Metadata.bytes((long) contextType << 28 | number, 4);
    }

    /** Of {@link #VLAN}. */
    public int vlan() {
        return (int) number & 0xFFF;
    }

    /** Of {@link #QINQ}. */
    public int serviceVlan() {
        return (int) number >> 12;
    }

    /** Of {@link #QINQ}. */
    public int customerVlan() {
        return (int) number & 0xFFF;
    }

    /** Of {@link #MPLS}: 20 bits. */
    public int mplsLabel() {
        return (int) number & 0xFFFFF;
    }

    /** Of {@link #VNI}: 24 bits. */
    public int vni() {
        return (int) number;
    }

    /** Of {@link #SESSION}: 32 bits. */
    public long session() {
        return number;
    }
}
