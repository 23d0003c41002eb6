package components;

import static components.Expected.expect;

import coven.Coven;
import coven.Packet;
import coven.Verdict;
import java.util.TreeSet;

/** Bytes, context, mark and length are written in place. */
public final class Writes {
    private static final TreeSet<String> WRONG = new TreeSet<>();

    public static void main(String[] arguments) {
        Coven.command("wrong", "", argument -> WRONG);
        Coven.run(packet -> {
            packet.setU8(0, 0x1FF);
            packet.setU16(1, 0x0203);
            packet.setU32(3, 0xFFFEFDFCL);
            packet.setMark(0xDEADBEEF);
            packet.setContext(15, packet.context(15) + 1);
            expect(WRONG, "set", packet.u32(0) == 0xFF0203FFL && packet.u16(5) == 0xFDFC && packet.mark() == 0xDEADBEEF);
            grow(packet);
            return Verdict.FORWARD;
        });
    }

    private static void grow(Packet packet) {
        int length = packet.length();
        expect(WRONG, "growFront", packet.growFront(14) && packet.length() == length + 14);
        expect(WRONG, "moved", packet.u8(14) == 255 && packet.u16(15) == 0x0203);
        expect(WRONG, "growBack", packet.growBack(-10) && packet.length() == length + 4);
        expect(WRONG, "no room", !packet.growFront(1000) && !packet.growBack(2000) && packet.length() == length + 4);
        expect(WRONG, "cut", packet.growFront(-14) && packet.u8(0) == 255 && packet.length() == length - 10);
    }
}
