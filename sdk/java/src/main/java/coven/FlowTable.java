package coven;

import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * What a component remembers of flows: at most {@code capacity} of them. One that is unused for the time-out is gone, and when the table is full
 * the one that is unused for longest goes. Time is that of the packets. Iterates from the flow used last. Made by {@link Coven#flowTable}.
 */
public final class FlowTable<V> implements Iterable<Map.Entry<Flow, V>> {
    /** Entries that a single operation removes because their time is over: each operation adds one at most, so that none is left for long. */
    private static final int EXPIRED_MOST = 2;
    private static final int CAPACITY_MAX = 1 << 24;

    /** An entry; in one list by hash, and in one by use. */
    private static final class Node<V> {
        final Flow flow = new Flow();
        V value;
        int hash;
        long used;
        Node<V> next, newer, older;
    }

    private final int capacity;
    private final long timeoutNs;
    private final boolean symmetric;
    private final Gauge flows;
    private final Counter expired, evicted;
    private final Node<V>[] buckets;
    private final Flow asked = new Flow();
    private Node<V> newest, oldest, spare;
    private int size;
    private long now;

    @SuppressWarnings({"unchecked", "rawtypes"})
    FlowTable(int capacity, double timeout, boolean symmetric, Gauge flows, Counter expired, Counter evicted) {
        if (capacity < 1 || capacity > CAPACITY_MAX) throw new IllegalArgumentException("a flow table holds 1 to " + CAPACITY_MAX + " flows, not " + capacity);
        if (!(timeout > 0)) throw new IllegalArgumentException("the time-out of a flow table is over 0 seconds, not " + timeout);
        this.capacity = capacity;
        this.timeoutNs = (long) (timeout * 1e9);
        this.symmetric = symmetric;
        this.flows = flows;
        this.expired = expired;
        this.evicted = evicted;
        buckets = new Node[Integer.highestOneBit(Math.max(capacity - 1, 1)) << 1];
    }

    /** What is remembered of the packet's flow, or null; counts as a use. */
    public V get(Packet packet) {
        return asks(packet) ? used(find(asked)) : null;
    }

    /** The same for a flow, at the time of the last packet that was asked for. */
    public V get(Flow flow) {
        return used(find(at(flow)));
    }

    /** Remember it, in place of what was; false for a packet without a flow. */
    public boolean put(Packet packet, V value) {
        if (!asks(packet)) return false;
        put(value);
        return true;
    }

    public void put(Flow flow, V value) {
        asked.set(flow);
        put(value);
    }

    /** What was remembered, or null. */
    public V remove(Packet packet) {
        return asks(packet) ? removed(find(asked)) : null;
    }

    public V remove(Flow flow) {
        return removed(find(at(flow)));
    }

    /** Flows that are remembered. */
    public int size() {
        expire(size);
        return size;
    }

    private Flow at(Flow flow) {
        return asked.set(flow);
    }

    private boolean asks(Packet packet) {
        now = Math.max(now, packet.timeNs());
        expire(EXPIRED_MOST);
        return asked.read(packet.headers());
    }

    private int hashOf(Flow flow) {
        return symmetric ? flow.symmetricHash() : flow.hashCode();
    }

    /** The entry of this flow, if its time is not over. */
    private Node<V> find(Flow flow) {
        int hash = hashOf(flow);
        Node<V> node = buckets[hash & buckets.length - 1];
        while (node != null && !(node.hash == hash && isOf(node, flow))) node = node.next;
        if (node == null || !isOver(node)) return node;
        expire(node);
        return null;
    }

    private boolean isOf(Node<V> node, Flow flow) {
        return node.flow.isSame(flow) || symmetric && node.flow.isReverse(flow);
    }

    private boolean isOver(Node<V> node) {
        return now - node.used >= timeoutNs;
    }

    private void expire(int most) {
        for (int i = 0; i < most && oldest != null && isOver(oldest); i++) expire(oldest);
    }

    private void expire(Node<V> node) {
        expired.add(1);
        take(node);
    }

    private V used(Node<V> node) {
        if (node == null) return null;
        touch(node);
        return node.value;
    }

    private void touch(Node<V> node) {
        node.used = now;
        if (node == newest) return;
        unlist(node);
        list(node);
    }

    private void put(V value) {
        Node<V> node = find(asked);
        if (node == null) node = added();
        node.value = value;
        touch(node);
    }

    private Node<V> added() {
        expire(EXPIRED_MOST);
        if (size == capacity) {
            evicted.add(1);
            take(oldest);
        }
        Node<V> node = spare != null ? spare : new Node<>();
        spare = node.next;
        node.flow.set(asked);
        node.hash = hashOf(asked);
        int bucket = node.hash & buckets.length - 1;
        node.next = buckets[bucket];
        buckets[bucket] = node;
        list(node);
        flows.set(++size);
        return node;
    }

    private V removed(Node<V> node) {
        if (node == null) return null;
        V value = node.value;
        take(node);
        return value;
    }

    private void take(Node<V> node) {
        unlist(node);
        int bucket = node.hash & buckets.length - 1;
        if (buckets[bucket] == node) {
            buckets[bucket] = node.next;
        } else {
            Node<V> before = buckets[bucket];
            while (before.next != node) before = before.next;
            before.next = node.next;
        }
        node.value = null;
        node.next = spare;
        spare = node;
        flows.set(--size);
    }

    private void list(Node<V> node) {
        node.older = newest;
        node.newer = null;
        if (newest != null) newest.newer = node;
        else oldest = node;
        newest = node;
    }

    private void unlist(Node<V> node) {
        if (node.newer != null) node.newer.older = node.older;
        else newest = node.older;
        if (node.older != null) node.older.newer = node.newer;
        else oldest = node.newer;
    }

    /** From the flow used last. The table must not change meanwhile. */
    @Override
    public Iterator<Map.Entry<Flow, V>> iterator() {
        return new Iterator<>() {
            private Node<V> at = newest;

            @Override
            public boolean hasNext() {
                return at != null && !isOver(at);
            }

            @Override
            public Map.Entry<Flow, V> next() {
                if (!hasNext()) throw new NoSuchElementException("no more flows");
                Node<V> node = at;
                at = node.older;
                return new SimpleImmutableEntry<>(new Flow().set(node.flow), node.value);
            }
        };
    }
}
