package coven;

/** One end of a ring, in private memory: the checked copy of an edge entry, and cursors (spec/channel.md §2 and §4). */
final class End {
    static final int INDEX_MASK = (1 << Layout.DESCRIPTOR_INDEX_BITS) - 1;
    static final long GENERATION_MASK = 0xFFL << Layout.DESCRIPTOR_GENERATION_SHIFT;

    private final Channel channel;
    private final Memory memory;
    private final int own;
    final int index, ring, capacity, limit, id, role, flags, output, peerSlot, lane, markerEpoch, seed, weight;
    final int[] after;
    final long owner;
    final int head, tail, want, slots, peerPark;

    /** This side's cursor. */
    int mine;
    /** The other side's, as last seen and found good. */
    int peer;
    /** The other side's, as last seen and found bad; counts only if `broken`. */
    int refused;
    /** Packets in `held` for this end. */
    int waiting;
    boolean broken, marked, closed;
    /** `discard`, or packets wait: finish has to look closer. */
    boolean detour;

    End(Channel channel, Entry entry) {
        this.channel = channel;
        memory = channel.memory;
        own = channel.header.own;
        index = entry.index;
        ring = (int) entry.ring;
        capacity = entry.capacity;
        limit = entry.limit;
        id = entry.id;
        role = entry.role;
        flags = entry.flags;
        output = entry.output;
        peerSlot = entry.peer;
        lane = entry.lane;
        markerEpoch = entry.markerEpoch;
        seed = entry.seed;
        weight = entry.weight;
        after = entry.after;
        owner = (long) id << Layout.OWNER_EDGE_SHIFT;
        detour = is(Layout.EDGE_FLAG_DISCARD);
        head = ring + Layout.RING_OFF_HEAD;
        tail = ring + Layout.RING_OFF_TAIL;
        want = ring + Layout.RING_OFF_WANT;
        slots = ring + Layout.RING_OFF_SLOTS;
        peerPark = channel.slotAt(peerSlot) + Layout.SLOT_OFF_PARK;
    }

    boolean is(int flag) {
        return (flags & flag) != 0;
    }

    /** A process that takes over an end starts at the shared cursors. Where they contradict each other, an input counts as empty and an output as full. */
    void attach() {
        boolean reads = role == Layout.ROLE_IN || role == Layout.ROLE_ALLOC;
        int first = memory.acquire(head), last = memory.acquire(tail);
        mine = reads ? last : first;
        peer = reads ? first : last;
        if (isFilling(first - last)) return;
        refuse(peer);
        peer = reads ? mine : mine - capacity;
    }

    /** An edge that was in force before keeps its cursors: this process still holds that end. */
    void attachLike(End was) {
        mine = was.mine;
        peer = was.peer;
        refused = was.refused;
        broken = was.broken;
        marked = was.marked;
    }

    /** A cursor that can't be: counted and shown once for each value, so that a bad peer costs nothing but its own traffic. */
    private void refuse(int cursor) {
        if (broken && refused == cursor) return;
        broken = true;
        refused = cursor;
        channel.error(Layout.ERROR_BAD_CURSOR, id);
    }

    private boolean isFilling(int entries) {
        return entries >= 0 && entries <= capacity;
    }

    private int refreshHead() {
        int now = memory.acquire(head);
        if (isFilling(now - mine)) {
            peer = now;
            broken = false;
        } else {
            refuse(now);
        }
        return peer - mine;
    }

    private boolean refreshTail(int most) {
        int now = memory.acquire(tail);
        if (isFilling(mine - now)) {
            peer = now;
            broken = false;
        } else {
            refuse(now);
        }
        return mine - peer < most;
    }

    /** Is there something, or room, that was not there at the last look? For the look before a sleep. */
    boolean hasInputNews() {
        int now = memory.ordered(head);
        return !closed && now != mine && !(broken && now == refused);
    }

    boolean hasSpaceNews() {
        int now = memory.ordered(tail), entries = mine - now;
        return entries < limit && !(broken && now == refused);
    }

    /** Room under `most` on a ring that this side posts on; looks at the consumer's cursor only if it has to. */
    boolean hasRoom(int most) {
        return mine - peer < most || refreshTail(most);
    }

    /** Without looking at the consumer's cursor. */
    boolean isClear() {
        return !detour && mine - peer < limit;
    }

    /** Owner word, then slot; `publish` makes both visible. What goes to the engine has none (spec/channel.md §6). */
    void put(long descriptor) {
        if (peerSlot == 0) {
            putMarker(descriptor);
            return;
        }
        long word = owner | (descriptor & GENERATION_MASK) << (Layout.OWNER_GENERATION_SHIFT - Layout.DESCRIPTOR_GENERATION_SHIFT) | Integer.toUnsignedLong(mine);
        memory.relaxedLong(own + 8 * ((int) descriptor & INDEX_MASK), word);
        putMarker(descriptor);
    }

    /** A slot without an owner word. */
    void putMarker(long descriptor) {
        memory.relaxedLong(slots + 8 * (mine & (capacity - 1)), descriptor);
        mine++;
    }

    /** The handshake with a consumer that may be about to sleep: both accesses seq_cst. */
    void publish() {
        memory.ordered(head, mine);
        if (memory.ordered(peerPark) != 0) channel.wake(peerSlot);
    }

    /** The return ring wakes the engine only at `wake_frames`, or when it is short of frames: dropping costs no wake-ups. */
    void publishBack() {
        memory.ordered(head, mine);
        boolean wake = channel.isHungry();
        if (!wake && mine - peer >= Layout.LIMITS_WAKE_FRAMES) wake = !refreshTail(Layout.LIMITS_WAKE_FRAMES);
        if (wake && memory.ordered(peerPark) != 0) channel.wake(peerSlot);
    }

    /** Descriptors that can be taken, up to `most`. */
    int ready(int most) {
        int ready = peer - mine;
        if (ready < most) ready = refreshHead();
        return Math.min(ready, most);
    }

    long peek(int at) {
        return memory.relaxedLong(slots + 8 * ((mine + at) & (capacity - 1)));
    }

    /** Give `count` slots back to the producer. */
    void consume(int count) {
        mine += count;
        if (is(Layout.EDGE_FLAG_BLOCK)) spaceMade();
        else memory.release(tail, mine);
    }

    /** On a `block` edge the producer may sleep until the ring is at most half full. */
    private void spaceMade() {
        memory.ordered(tail, mine);
        if (memory.ordered(want) == 0 || refreshHead() > limit / 2) return;
        if (memory.exchange(want, 0) != 0 && memory.ordered(peerPark) != 0) channel.wake(peerSlot);
    }
}
