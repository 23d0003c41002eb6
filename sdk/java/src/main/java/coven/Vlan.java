package coven;

/** A VLAN tag (IEEE 802.1Q). */
public final class Vlan extends View {
    private final int number;

    /** Tag {@code number}, 0 for the outermost. */
    Vlan(Headers headers, int number) {
        super(headers);
        this.number = number;
        at = Headers.ETHERNET + Headers.TAG * number;
    }

    /** 0 to 4095. */
    public int id() {
        return u16(0) & 0xFFF;
    }

    public void setId(int id) {
        packet.put16(at, u16(0) & 0xF000 | bits(id, 12, "vlan id"));
    }

    /** 0 to 7. */
    public int priority() {
        return u16(0) >> 13;
    }

    public void setPriority(int priority) {
        packet.put16(at, u16(0) & 0x1FFF | bits(priority, 3, "vlan priority") << 13);
    }

    /** The next tag, or null. */
    public Vlan inner() {
        return number == 0 && packet.headers().tags > 1 ? headers.inner : null;
    }
}
