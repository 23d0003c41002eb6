package coven;

/** One piece of metadata of an NSH (RFC 8300 §2.5.1): class and type, and the value without its padding. */
public record Metadata(int metadataClass, int type, byte[] value) {
    /** The class of what follows. */
    public static final int IETF = 0;
    /** Types of RFC 8979. */
    public static final int SUBSCRIBER = 0, PERFORMANCE_POLICY = 1;
    /** Types of RFC 9263. */
    public static final int FORWARDING_CONTEXT = 4, TENANT = 5, INGRESS_NODE = 6, INGRESS_INTERFACE = 7, FLOW_ID = 8, GROUPS = 9, POLICY = 10;

    /** Big-endian. */
    static long number(byte[] value, int from, int count) {
        long number = 0;
        for (int i = 0; i < count; i++) number = number << 8 | value[from + i] & 0xFF;
        return number;
    }

    static byte[] bytes(long number, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) bytes[i] = (byte) (number >>> 8 * (count - 1 - i));
        return bytes;
    }
}
