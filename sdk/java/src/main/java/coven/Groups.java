package coven;

/** The groups that a packet's ends belong to (RFC 9263 §4.6), 32 bits each. */
public record Groups(long source, long destination) {
    /** Null for no value, or one that is none. */
    static Groups of(byte[] value) {
        return value == null || value.length != 8 ? null : new Groups(Metadata.number(value, 0, 4), Metadata.number(value, 4, 4));
    }

    /** As the value of a piece of metadata. */
    public byte[] value() {
        return Metadata.bytes(source << 32 | destination, 8);
    }
}
