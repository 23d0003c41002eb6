package components;

import coven.Packet;
import java.util.Set;

/** What sdk/c/test/peer/content.c puts into a packet. */
final class Expected {
    private Expected() {}

    static int byteOf(long number, int offset) {
        return (int) (number * 31 + offset * 7 + (number >> 8)) & 0xFF;
    }

    static long numberOf(Packet packet) {
        return packet.timeNs() - 1_700_000_000_000_000_000L;
    }

    /** Adds the names of what is not as the peer made it. */
    static void check(Packet packet, Set<String> wrong) {
        long number = numberOf(packet);
        int last = packet.length() - 1;
        expect(wrong, "u8", packet.u8(last) == byteOf(number, last));
        expect(wrong, "u16", packet.u16(12) == byteOf(number, 12) * 256 + byteOf(number, 13));
        expect(wrong, "u32", packet.u32(9) == (packet.u16(9) * 65536L + packet.u16(11)));
        expect(wrong, "data", packet.data().capacity() == packet.length() && (packet.data().get(last) & 0xFF) == byteOf(number, last));
        expect(wrong, "context", packet.context(3) == (number + 3 & 0xFF) && packet.context(15) == (number + 15 & 0xFF));
        expect(wrong, "servicePath", packet.servicePath() == (10 << 8 | 255));
        expect(wrong, "mark", packet.mark() == 0);
        expect(wrong, "flowHash", packet.flowHash() == flowHashOf(number));
    }

    static void expect(Set<String> wrong, String name, boolean right) {
        if (!right) wrong.add(name);
    }

    private static int flowHashOf(long number) {
        long x = number % 1024 + 1;
        x = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
        x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
        return (int) (x ^ x >>> 31);
    }
}
