package coven;

/** An entry of an edge table (spec/channel.md §4): copied, then checked. */
final class Entry {
    private static final int TABLE = Layout.LIMITS_EDGES_MAX * Layout.EDGE_SIZE;

    final int index, id, role, flags, output, peer, capacity, lane, limit, markerEpoch, seed, weight;
    final int[] after = new int[Layout.LIMITS_AFTER_MAX];
    final long ring;

    private final int[] words = new int[Layout.EDGE_SIZE / 4];

    Entry(Channel channel, int epoch, int index) {
        this.index = index;
        int at = place(channel, epoch, index);
        for (int i = 0; i < words.length; i++) words[i] = channel.memory.relaxed(at + 4 * i);
        id = u16(Layout.EDGE_OFF_ID);
        role = u8(Layout.EDGE_OFF_ROLE);
        flags = u8(Layout.EDGE_OFF_FLAGS);
        output = u16(Layout.EDGE_OFF_OUTPUT);
        peer = u16(Layout.EDGE_OFF_PEER);
        lane = u8(Layout.EDGE_OFF_LANE);
        limit = words[Layout.EDGE_OFF_LIMIT / 4];
        markerEpoch = words[Layout.EDGE_OFF_MARKER_EPOCH / 4];
        seed = words[Layout.EDGE_OFF_SEED / 4];
        weight = words[Layout.EDGE_OFF_WEIGHT / 4];
        ring = Integer.toUnsignedLong(words[Layout.EDGE_OFF_RING / 4]) * Layout.CHANNEL_RING_UNIT;
        int log2 = u8(Layout.EDGE_OFF_CAP_LOG2);
        capacity = log2 <= Layout.DESCRIPTOR_INDEX_BITS ? 1 << log2 : 0;
        for (int i = 0; i < after.length; i++) after[i] = u16(Layout.EDGE_OFF_AFTER + 2 * i);
    }

    /** Where in the segment entry `index` of the table of `epoch` stands. */
    static int place(Channel channel, int epoch, int index) {
        return channel.slot + Layout.SLOT_OFF_EDGES + (epoch & 1) * TABLE + index * Layout.EDGE_SIZE;
    }

    private int u8(int offset) {
        return words[offset / 4] >>> 8 * (offset % 4) & 0xFF;
    }

    private int u16(int offset) {
        return words[offset / 4] >>> 8 * (offset % 4) & 0xFFFF;
    }

    long end() {
        return ring + Layout.RING_OFF_SLOTS + 8L * capacity;
    }

    /** What breaks the contract, or null. */
    String fault(Channel channel) {
        Header header = channel.header;
        if (role > Layout.ROLE_RETURN) return "unknown role";
        if ((flags & ~(Layout.EDGE_FLAG_BLOCK | Layout.EDGE_FLAG_DISCARD)) != 0) return "unknown flag";
        if (peer >= header.slotCount) return "no such peer slot";
        if (output >= Layout.LIMITS_OUTPUTS_MAX) return "the output is over 15";
        if (capacity == 0) return "cap_log2 is over 22";
        if (ring < header.rings || end() > header.ringsEnd) return "the ring lies outside of the ring region";
        String fault = limitFault(header);
        if (fault != null) return fault;
        return channel.bells.open(peer) ? null : "the peer has no bell";
    }

    private String limitFault(Header header) {
        if (role == Layout.ROLE_RETURN) return capacity >= header.frameCount ? null : "the return ring holds fewer entries than there are frames";
        boolean fits = limit > 0 && limit <= capacity;
        if (role == Layout.ROLE_ALLOC) return fits ? null : "the limit of the alloc ring is 0 or over its capacity";
        return fits && capacity - limit >= Layout.LIMITS_EDGE_SLACK ? null : "the limit is 0, or the capacity is under limit + 8";
    }

    /** The same against an entry before it. */
    String faultBeside(Entry other) {
        if (other.id == id) return "two entries have one edge id";
        if (other.ring < end() && ring < other.end()) return "two rings overlap";
        if (other.role == role && role >= Layout.ROLE_ALLOC) return "two alloc or return rings";
        return null;
    }
}
