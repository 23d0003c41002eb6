package coven;

/** The table in force, and its change while packets move (spec/channel.md §7). */
final class Epoch {
    private final Channel channel;
    private int current, noticed;
    private Table table;

    Epoch(Channel channel, int first, Table table) {
        this.channel = channel;
        this.table = table;
        current = noticed = first;
    }

    int current() {
        return current;
    }

    Table table() {
        return table;
    }

    boolean isOrdered() {
        return channel.wantedEpoch() != current;
    }

    /** An order that no pass has seen yet. */
    boolean isNews() {
        return channel.wantedEpoch() != noticed;
    }

    /** Until held packets are gone and the markers of inputs that end are in, the old table stays in force; each pass asks again. */
    void change(Transfer transfer) {
        int want = channel.wantedEpoch();
        noticed = want;
        transfer.flush();
        if (transfer.isHolding()) return;
        Table next;
        try {
            next = Table.read(channel, want, table);
        } catch (Table.Fault fault) {
            if (channel.wantedEpoch() == want) refuse(fault);
            return;
        }
        if (channel.wantedEpoch() != want || waitsForMarker(next)) return; // what was read may be half of a later table
        postMarkers(next);
        table = next;
        current = want;
        channel.acknowledge(want);
        channel.wake(0);
    }

    private void refuse(Table.Fault fault) {
        Environment.say(fault.getMessage() + "; leaving");
        channel.broken(Layout.ERROR_BAD_EDGE, fault.entry);
    }

    /** Whether the edge is left with a marker is written into the old table when the change is ordered, after that table was copied. */
    private int orderedMarker(End end) {
        int now = channel.memory.relaxed(Entry.place(channel, current, end.index) + Layout.EDGE_OFF_MARKER_EPOCH);
        return now != 0 ? now : end.markerEpoch;
    }

    /** Inputs that are left are emptied up to their markers first. */
    private boolean waitsForMarker(Table next) {
        for (End end : table.in) if (next.find(end) == null && !end.marked && orderedMarker(end) != 0) return true;
        return false;
    }

    /** The capacity is the limit + 8 at least: a marker fits, unless the consumer's cursor is nonsense. */
    private void postMarkers(Table next) {
        for (End end : table.ends) {
            if (end.role != Layout.ROLE_OUT || next.find(end) != null) continue;
            int epoch = orderedMarker(end);
            if (epoch == 0 || !end.hasRoom(end.capacity)) continue;
            end.putMarker((long) epoch << 32 | Layout.DESCRIPTOR_MARKER_INDEX);
            end.publish();
        }
    }

    /** A marker was popped: gates that waited for it alone open. */
    void marker(End popped) {
        popped.marked = true;
        table.setGates();
    }
}
