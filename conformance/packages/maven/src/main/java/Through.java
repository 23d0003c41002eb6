import coven.Verdict;
import coven.pcap4j.Pcap4j;
import coven.testing.Harness;
import coven.testing.Result;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.HexFormat;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.UnknownPacket;

/** A component that looks at packets as Pcap4J's, and writes a longer one back; under the harness. */
public final class Through {
    private static final String FRAME = "020000000002" + "020000000001" + "0800" + "4500002500000000401166c10a0000010a000002" + "03e80035001100006e69636b6e616d6500";

    private static Verdict through(coven.Packet packet) throws Exception {
        EthernetPacket.Builder ethernet = Pcap4j.of(packet).getBuilder();
        IpV4Packet.Builder ip = ethernet.getPayloadBuilder().get(IpV4Packet.Builder.class);
        ip.dstAddr((Inet4Address) InetAddress.getByName("10.0.0.9")).ttl((byte) 63).correctLengthAtBuild(true).correctChecksumAtBuild(true);
        ip.payloadBuilder(new UnknownPacket.Builder().rawData(new byte[37]));
        return Pcap4j.put(packet, ethernet.build()) ? Verdict.FORWARD : Verdict.DROP;
    }

    public static void main(String[] arguments) throws Exception {
        Result result = Harness.with().function(Through::through).packet(HexFormat.of().parseHex(FRAME));
        if (result.error() != null) throw new IllegalStateException(result.error());
        IpV4Packet.IpV4Header ip = EthernetPacket.newPacket(result.bytes(), 0, result.bytes().length).get(IpV4Packet.class).getHeader();
        System.out.println(result.verdict() + " " + ip.getSrcAddr().getHostAddress() + " -> " + ip.getDstAddr().getHostAddress() + ", " + ip.getTtlAsInt() + " hops, " + result.bytes().length + " bytes");
    }
}
