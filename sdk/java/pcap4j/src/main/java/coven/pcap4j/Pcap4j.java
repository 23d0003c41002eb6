package coven.pcap4j;

import coven.Packet;
import java.nio.ByteBuffer;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IllegalRawDataException;

/** Packets of COVEN as Pcap4J reads them. Pcap4J's packets are copies: what is changed goes back by {@link #put}. */
public final class Pcap4j {
    private Pcap4j() {}

    /** A copy, which stays good after the function has returned. */
    public static EthernetPacket of(Packet packet) throws IllegalRawDataException {
        byte[] bytes = new byte[packet.length()];
        packet.data().get(bytes);
        return EthernetPacket.newPacket(bytes, 0, bytes.length);
    }

    /** Write Pcap4J's bytes over the packet's, which grows or shrinks at its end; false, and nothing changed, without room. */
    public static boolean put(Packet packet, org.pcap4j.packet.Packet changed) {
        byte[] bytes = changed.getRawData();
        if (!packet.growBack(bytes.length - packet.length())) return false;
        ByteBuffer data = packet.data();
        data.put(bytes);
        return true;
    }
}
