package coven;

import static coven.Tests.equal;
import static coven.Tests.refused;
import static coven.Tests.test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Flow tables: both directions, time-outs, eviction, and a plain model beside (spec/sdk.md, Flows). */
final class FlowTableTest {
    private static final long SECOND = 1_000_000_000L;

    private final Counter expired = new Counter("expired", "", ""), evicted = new Counter("evicted", "", "");
    private final Gauge flows = new Gauge("flows", "", "");

    private FlowTable<String> table(int capacity, double timeout, boolean symmetric) {
        return new FlowTable<>(capacity, timeout, symmetric, flows, expired, evicted);
    }

    private static Packet packet(int from, int to, int sourcePort, double seconds) {
        Packet packet = VectorsTest.packet(Packets.udp(from, to, sourcePort, 53, ""), -1);
        packet.lines.putLong(packet.meta + Layout.META_OFF_TIME_NS, (long) (seconds * SECOND));
        return packet;
    }

    private static Packet back(Packet packet) {
        return VectorsTest.packet(Packets.udp(2, 1, 53, packet.udp().sourcePort(), ""), -1);
    }

    static void run() {
        test("flow table: both directions of a conversation are one entry, unless told", () -> {
            FlowTable<String> both = new FlowTableTest().table(4, 10, true), each = new FlowTableTest().table(4, 10, false);
            Packet there = packet(1, 2, 1000, 0);
            both.put(there, "one");
            each.put(there, "one");
            equal(both.get(back(there)), "one");
            equal(both.get(there.flow().reversed()), "one");
            equal(each.get(back(there)), null);
            equal(each.get(there.flow()), "one");
            equal(both.put(back(there), "two"), true);
            equal(both.size(), 1);
            equal(both.remove(there), "two");
            equal(both.remove(there), null);
            equal(both.iterator().hasNext(), false);
        });
        test("flow table: what is no IP has no flow", () -> {
            FlowTable<String> table = new FlowTableTest().table(4, 10, true);
            Packet arp = VectorsTest.packet(new byte[60], -1);
            equal(table.put(arp, "x"), false);
            equal(table.get(arp), null);
            equal(table.remove(arp), null);
            equal(arp.flow(), null);
        });
        test("flow table: limits are checked", () -> {
            refused(IllegalArgumentException.class, "flows, not 0", () -> new FlowTableTest().table(0, 1, true));
            refused(IllegalArgumentException.class, "over 0 seconds", () -> new FlowTableTest().table(1, 0, true));
        });
        times();
        test("flow table: does what a plain model does", FlowTableTest::model);
    }

    private static void times() {
        test("flow table: an entry that is unused for the time-out is gone", () -> {
            FlowTableTest t = new FlowTableTest();
            FlowTable<String> table = t.table(8, 10, true);
            table.put(packet(1, 2, 1, 0), "early");
            table.put(packet(1, 2, 2, 5), "late");
            equal(table.get(packet(1, 2, 1, 9.9)), "early");
            equal(table.get(packet(1, 2, 2, 15)), null);
            equal(table.get(packet(1, 2, 1, 19.8)), "early");
            equal(t.expired.value(), 1L);
            equal(t.flows.value(), 1.0);
            table.get(packet(1, 2, 7, 100));
            equal(table.size(), 0);
            equal(t.expired.value(), 2L);
        });
        test("flow table: when it is full the one unused for longest goes", () -> {
            FlowTableTest t = new FlowTableTest();
            FlowTable<String> table = t.table(2, 10, true);
            table.put(packet(1, 2, 1, 0), "a");
            table.put(packet(1, 2, 2, 1), "b");
            table.get(packet(1, 2, 1, 2));
            table.put(packet(1, 2, 3, 3), "c");
            List<String> latest = new ArrayList<>();
            for (Map.Entry<Flow, String> entry : table) latest.add(entry.getValue());
            equal(latest, List.of("c", "a"));
            equal(t.evicted.value(), 1L);
        });
    }

    /** A map in order of use, with everything that is over removed at each step. */
    private static void model() {
        FlowTableTest t = new FlowTableTest();
        FlowTable<String> table = t.table(16, 3, true);
        LinkedHashMap<Integer, String> order = new LinkedHashMap<>();
        Map<Integer, Double> used = new HashMap<>();
        Random random = new Random(7);
        double now = 0;
        for (int step = 0; step < 20_000; step++) {
            now += random.nextInt(40) == 0 ? 4 : random.nextDouble() * 0.2;
            double at = now;
            order.keySet().removeIf(port -> at - used.get(port) >= 3);
            int port = 1 + random.nextInt(40);
            Packet packet = packet(1, 2, port, now);
            String known = order.get(port);
            switch (random.nextInt(3)) {
                case 0 -> equal(table.get(packet), use(order, used, port, known, now));
                case 1 -> {
                    table.put(packet, "v" + step);
                    use(order, used, port, "v" + step, now);
                    if (order.size() > 16) order.remove(order.keySet().iterator().next());
                }
                default -> equal(table.remove(packet), order.remove(port));
            }
            if (step % 97 == 0) equal(table.size(), order.size());
        }
        List<String> wanted = new ArrayList<>(order.values());
        java.util.Collections.reverse(wanted);
        List<String> is = new ArrayList<>();
        for (Map.Entry<Flow, String> entry : table) is.add(entry.getValue());
        equal(is, wanted);
    }

    private static String use(LinkedHashMap<Integer, String> order, Map<Integer, Double> used, int port, String value, double now) {
        if (value == null) return null;
        order.remove(port);
        order.put(port, value);
        used.put(port, now);
        return value;
    }
}
