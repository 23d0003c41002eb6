import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.PcapDirection;
import org.pcap4j.core.RawPacketListener;

/** What comes in at `in` goes out at `out` and the other way, but for UDP to port 7. Knows Pcap4J and nothing of COVEN. */
public final class Bridge {
    public static void main(String[] arguments) throws Exception {
        PcapHandle left = open("in"), right = open("out");
        Thread down = new Thread(() -> carry(right, left));
        down.setDaemon(true);
        down.start();
        carry(left, right);
    }

    private static PcapHandle open(String name) throws Exception {
        PcapHandle end = new PcapHandle.Builder(name).snaplen(2048).bufferSize(4 << 20).immediateMode(true).timeoutMillis(100).build();
        end.setDirection(PcapDirection.IN);
        end.setFilter("not udp dst port 7", BpfCompileMode.OPTIMIZE);
        return end;
    }

    private static void carry(PcapHandle from, PcapHandle to) {
        try {
            from.loop(-1, (RawPacketListener) packet -> {
                try {
                    to.sendPacket(packet);
                } catch (Exception problem) {
                    throw new IllegalStateException(problem);
                }
            });
        } catch (Exception problem) {
            problem.printStackTrace();
            System.exit(1);
        }
    }
}
