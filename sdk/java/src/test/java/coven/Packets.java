package coven;

import java.nio.ByteBuffer;

/** Frames that tests make. */
final class Packets {
    private Packets() {}

    /** UDP over IPv4 between 10.0.0.`from` and 10.0.0.`to`, with checksums. */
    static byte[] udp(int from, int to, int sourcePort, int destinationPort, String text) {
        byte[] payload = text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        ByteBuffer frame = ByteBuffer.allocate(42 + payload.length);
        frame.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}).putShort((short) 0x0800);
        frame.put((byte) 0x45).put((byte) 0).putShort((short) (28 + payload.length)).putInt(0).put((byte) 64).put((byte) 17).putShort((short) 0);
        frame.putInt(0x0A000000 | from).putInt(0x0A000000 | to);
        frame.putShort((short) sourcePort).putShort((short) destinationPort).putShort((short) (8 + payload.length)).putShort((short) 1).put(payload);
        Packet packet = VectorsTest.packet(frame.array(), -1);
        packet.updateChecksums();
        return Stage.bytes(packet);
    }
}
