package coven;

/** Up to 64 packets at a time; each is forwarded unless its verdict is set. Valid until the author's function returns. */
public final class Burst {
    final Packet[] packets;
    int size;

    Burst(Packet[] packets) {
        this.packets = packets;
    }

    /** Packets. */
    public int size() {
        return size;
    }

    /** Packet {@code index}; each has an object of its own until the function returns. */
    public Packet packet(int index) {
        if (index < 0 || index >= size) throw new IndexOutOfBoundsException("packet " + index + " of a burst of " + size);
        return packets[index];
    }

    public void setVerdict(int index, Verdict verdict) {
        packet(index).setVerdict(verdict);
    }
}
