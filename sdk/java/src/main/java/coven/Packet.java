package coven;

import java.nio.ByteBuffer;

/**
 * A packet in the hands of this component: a whole Ethernet frame, numbers in network byte order, offsets in bytes.
 * The object is used again for another packet; it is valid until the author's function returns, and empty afterwards.
 */
public final class Packet extends Frame {
    private final Way way;
    private final boolean own;
    /** The packet that one of the author's own was made like; for a rehearsal. */
    Packet origin;
    int lane;
    Verdict verdict = Verdict.FORWARD;
    /** Made when a view is first asked for; then used again, as this object is. */
    private Headers headers;
    private Nsh nsh;

    Packet(Frames frames, Way way, boolean own) {
        super(frames);
        this.way = way;
        this.own = own;
    }

    /** Look at the packet that a descriptor, which is good, names. */
    void open(long good, int ofLane) {
        lane = ofLane;
        verdict = Verdict.FORWARD;
        meta = metaOf(good);
        place(good);
    }

    /** The author's function has returned: from here on the object shows nothing. */
    void leave() {
        length = 0;
        meta = -1;
    }

    /** It goes on. */
    long close() {
        leave();
        return descriptor;
    }

    /** What a packet that has left holds; for a rehearsal. */
    void reopen() {
        meta = metaOf(descriptor);
        place(descriptor);
    }

    /** Burst form: where this packet goes; {@link Verdict#FORWARD} if nothing is set. */
    public Verdict verdict() {
        return verdict;
    }

    public void setVerdict(Verdict where) {
        verdict = checked(where);
    }

    static Verdict checked(Verdict verdict) {
        if (verdict == null || verdict.output == Verdict.ABSENT) throw Verdict.wrong(verdict);
        return verdict;
    }

    /** A copy of one's own, with the context; as with {@link Coven#packetNew}, null if no frame is to be had. */
    public Packet copy() {
        line();
        Packet copy = make(frames, way, length, this);
        if (copy == null) return null;
        copy.bytes.put(copy.at, bytes, at, length);
        if (hasNsh() && !isNshHidden()) copy.placeNsh(nshOffset() + Transfer.offset(copy.descriptor) - Transfer.offset(descriptor), lines.getShort(meta + Layout.META_OFF_NSH_LENGTH));
        return copy;
    }

    /** Send a packet of one's own to an output; {@link Verdict#DROP} gives it back. It is visible with the burst that is being worked on. */
    public void send(Verdict where) {
        if (!own || meta < 0) throw new IllegalStateException("only a packet from packetNew() or copy() can be sent, and once; others go by the function's verdict");
        way.forward(this, checked(where).output);
        close();
    }

    /** `size` bytes of undefined content, the metadata and lane of `like`, which may be null; null if no frame is to be had. */
    static Packet make(Frames frames, Way way, int size, Packet like) {
        int room = Math.min(frames.frameSize - Layout.LIMITS_HEADROOM_MIN, 0xFFFF);
        long frame = size < 0 || size > room ? 0 : way.lent();
        if (frame == 0) return null;
        Packet packet = new Packet(frames, way, true);
        packet.open(placed(frame, Math.min(Transfer.offset(frame), frames.frameSize - size), size), like == null ? way.defaultLane() : like.lane);
        packet.fillMeta(like);
        packet.origin = like != null && like.origin != null ? like.origin : like;
        return packet;
    }

    /** The same with a context of zeroes. */
    static Packet empty(Frames frames, Way way, int size, Packet like) {
        Packet packet = make(frames, way, size, like);
        if (packet != null) packet.clearContext();
        return packet;
    }

    /** The line of `like`, or zeroes, but marked as made here. */
    private void fillMeta(Packet like) {
        for (int i = 0; i < Layout.META_SIZE; i += 8) lines.putLong(meta + i, like == null ? 0 : lines.getLong(like.meta + i));
        int flags = meta + Layout.META_OFF_FLAGS;
        lines.putShort(flags, (short) (lines.getShort(flags) | Layout.META_FLAG_CREATED));
        placeNsh(0, 0);
    }

    // Headers (spec/sdk.md): null where the packet has none of the kind.

    Headers headers() {
        line();
        if (headers == null) headers = new Headers(this);
        if (!parsed) headers.parse();
        parsed = true;
        return headers;
    }

    public Ethernet ethernet() {
        return headers().ethernet();
    }

    /** The outermost VLAN tag. */
    public Vlan vlan() {
        return headers().vlan();
    }

    public Ipv4 ipv4() {
        return headers().ipv4();
    }

    public Ipv6 ipv6() {
        return headers().ipv6();
    }

    public Tcp tcp() {
        return headers().tcp();
    }

    public Udp udp() {
        return headers().udp();
    }

    /** ICMP or ICMPv6. */
    public Icmp icmp() {
        return headers().icmp();
    }

    /** What stands behind TCP, UDP or ICMP, without Ethernet's padding: bytes in place. */
    public ByteBuffer payload() {
        int from = headers().payload();
        return from == Headers.NONE ? null : bytes.slice(at + from, headers.transportEnd() - from);
    }

    /** Protocol, addresses and ports; null where there is no IP. */
    public Flow flow() {
        Flow flow = new Flow();
        return flow.read(headers()) ? flow : null;
    }

    /** After bytes were written in place: the checksums of the packet, anew. False if the transport's was not: none is known, a fragment, cut short. */
    public boolean updateChecksums() {
        parsed = false;
        return Checksum.update(headers());
    }

    /** The network service header, or null. */
    public Nsh nsh() {
        if (nsh == null) nsh = new Nsh(this);
        return nsh.find() ? nsh : null;
    }
}
