package coven;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/** An edge table in force (spec/channel.md §4). */
final class Table {
    /** Why a table can't be used, and which entry says so. */
    static final class Fault extends Exception {
        private static final long serialVersionUID = 1;
        final int entry;

        Fault(int epoch, int entry, String why) {
            super("edge table of epoch " + Integer.toUnsignedString(epoch) + ", entry " + entry + ": " + why, null, false, false);
            this.entry = entry;
        }
    }

    final End[] ends, in;
    /** Where dropped frames go; null only in an empty table. */
    final End back;
    /** Null where the component makes no packets. */
    final End alloc;
    final Routes routes;

    private Table(End[] ends) {
        this.ends = ends;
        in = of(ends, Layout.ROLE_IN);
        back = first(of(ends, Layout.ROLE_RETURN));
        alloc = first(of(ends, Layout.ROLE_ALLOC));
        routes = new Routes(ends);
        setGates();
    }

    /** The table of `epoch`; edges that `old` (or null) has too keep their cursors. The caller looks at want_epoch again afterwards. */
    static Table read(Channel channel, int epoch, Table old) throws Fault {
        List<Entry> entries = entries(channel, epoch);
        End[] ends = entries.stream().map(entry -> new End(channel, entry)).toArray(End[]::new);
        for (End end : ends) {
            End was = old == null ? null : old.find(end);
            if (was != null && was.capacity == end.capacity) end.attachLike(was);
            else end.attach();
        }
        return new Table(ends);
    }

    private static List<Entry> entries(Channel channel, int epoch) throws Fault {
        List<Entry> entries = new ArrayList<>();
        boolean back = false;
        for (int i = 0; i < Layout.LIMITS_EDGES_MAX; i++) {
            Entry entry = new Entry(channel, epoch, i);
            if (entry.role == 0) break;
            String fault = entry.fault(channel);
            for (int k = 0; fault == null && k < i; k++) fault = entry.faultBeside(entries.get(k));
            if (fault != null) throw new Fault(epoch, i, fault);
            entries.add(entry);
            back |= entry.role == Layout.ROLE_RETURN;
        }
        VarHandle.acquireFence(); // what was read here stands before the caller's next look at want_epoch
        if (!back && !entries.isEmpty()) throw new Fault(epoch, entries.size(), "there is no return ring");
        return entries;
    }

    private static End[] of(End[] ends, int role) {
        return java.util.Arrays.stream(ends).filter(end -> end.role == role).toArray(End[]::new);
    }

    private static End first(End[] ends) {
        return ends.length == 0 ? null : ends[0];
    }

    /** The same end of the same edge, or null. */
    End find(End wanted) {
        for (End end : ends) if (end.id == wanted.id && end.role == wanted.role && end.ring == wanted.ring) return end;
        return null;
    }

    /** Gates: §7. An edge that is not among the inputs can't bring its marker any more and holds nobody up. */
    void setGates() {
        for (End end : in) end.closed = !isOpen(end);
    }

    private boolean isOpen(End end) {
        for (int id : end.after)
            for (End other : in) if (id != 0 && other.id == id && other != end && !other.marked) return false;
        return true;
    }

    /** The lane of packets made here with no packet to be like. */
    int defaultLane() {
        for (End end : ends) if (end.role == Layout.ROLE_OUT) return end.lane;
        return 0;
    }
}
