package coven;

import static coven.Tests.test;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Nothing is allocated a packet: neither by the loop, nor by headers, context and flow tables once they are warm. */
final class AllocationTest {
    private static final int PACKETS = 20_000, NOISE = 4096;

    private AllocationTest() {}

    private static void holds(String what, PacketFunction function) {
        test("allocation: none a packet by " + what, () -> {
            Packet packet = VectorsTest.packet(Packets.udp(1, 2, 1000, 53, "x"), -1);
            Burst burst = new Burst(new Packet[] {packet});
            burst.size = 1;
            Loop.Work work = Author.each(function, (error, failed, count) -> {
                throw new AssertionError(error);
            });
            pass(work, burst);
            long bytes = pass(work, burst);
            if (bytes > NOISE) throw new AssertionError(bytes + " bytes for " + PACKETS + " packets");
        });
    }

    private static long pass(Loop.Work work, Burst burst) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes(), descriptor = burst.packets[0].descriptor;
        for (int i = 0; i < PACKETS; i++) {
            burst.packets[0].open(descriptor, 0);
            work.on(burst);
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    static void run() {
        holds("bytes and metadata", packet -> packet.u16(12) == 0x0800 && packet.mark() == 0 ? Verdict.FORWARD : Verdict.DROP);
        holds("headers", packet -> {
            packet.ipv4().setTtl(packet.ipv4().ttl() ^ 1);
            packet.udp().setSourcePort(packet.udp().sourcePort() ^ 1);
            return packet.tcp() == null && packet.vlan() == null ? Verdict.FORWARD : Verdict.DROP;
        });
        ContextField field = ContextField.named("a", "a:24,b:104");
        holds("context", packet -> {
            packet.context(field, packet.context(field) ^ 5);
            return Verdict.FORWARD;
        });
        FlowTable<String> table = new FlowTable<>(16, 10, true, new Gauge("flows", "", ""), new Counter("expired", "", ""), new Counter("evicted", "", ""));
        holds("flow tables", packet -> {
            packet.setU16(34, packet.u16(34) + 1);
            if (table.get(packet) == null) table.put(packet, "known");
            return Verdict.FORWARD;
        });
    }
}
