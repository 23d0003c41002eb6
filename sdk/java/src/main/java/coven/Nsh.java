package coven;

import java.util.ArrayList;
import java.util.List;

/**
 * The network service header of a packet (RFC 8300), in place. Base and service path can only be read; metadata of MD type 2 can be written at an
 * {@code aware} connection point, and read at a {@code proxy}. Good until the function returns.
 */
public final class Nsh {
    /** Bytes: base and service path header; a whole header at most; a piece before its value; a value. */
    private static final int FIXED = 8, LENGTH_MAX = 252, PIECE = 4, VALUE_MAX = 127;
    private static final int MD_TYPE_2 = 2;

    private final Packet packet;
    /** Where it stands in the frame. */
    private int at;

    Nsh(Packet packet) {
        this.packet = packet;
    }

    /** False where there is none. The place in the metadata line is a peer's word, so it is checked. */
    boolean find() {
        if (!packet.hasNsh()) return false;
        at = packet.nshOffset();
        return at + FIXED <= packet.frameEnd() && u8(0) >> 6 == 0 && length() >= FIXED && at + length() <= packet.frameEnd();
    }

    private int u8(int offset) {
        return packet.frame8(at + offset);
    }

    private int u16(int offset) {
        return u8(offset) << 8 | u8(offset + 1);
    }

    /** Service path identifier, 24 bits. */
    public int spi() {
        return u16(4) << 8 | u8(6);
    }

    /** Service index. */
    public int si() {
        return u8(7);
    }

    /** Hops that are left. */
    public int ttl() {
        return u16(0) >> 6 & 63;
    }

    public boolean oam() {
        return (u8(0) & 0x20) != 0;
    }

    public int mdType() {
        return u8(2) & 15;
    }

    public int nextProtocol() {
        return u8(3);
    }

    /** Bytes, metadata included. */
    public int length() {
        return (u8(1) & 63) * 4;
    }

    /** The pieces of MD type 2 in order, unknown ones included; copies. */
    public List<Metadata> metadata() {
        List<Metadata> all = new ArrayList<>();
        for (int piece = first(); piece != 0; piece = after(piece)) all.add(new Metadata(u16(piece), u8(piece + 2), value(piece)));
        return all;
    }

    /** The value of the first piece of this class and type, or null. */
    public byte[] get(int metadataClass, int type) {
        int piece = piece(metadataClass, type);
        return piece == 0 ? null : value(piece);
    }

    /**
     * Gives the first piece of this class and type that value, or adds one at the end. False, and nothing changed, where that can't be: another MD type
     * than 2, a {@code proxy} connection point, a value of more than 127 bytes, a header of more than 252, no room in front of the packet.
     */
    public boolean set(int metadataClass, int type, byte[] value) {
        if (metadataClass >>> 16 != 0 || type >>> 8 != 0) throw new IllegalArgumentException("metadata class " + metadataClass + ", type " + type + ": 16 and 8 bits");
        if (!isWritable() || value.length > VALUE_MAX) return false;
        int piece = piece(metadataClass, type), from = piece == 0 ? end() : piece, there = piece == 0 ? from : piece + PIECE + padded(piece);
        if (!resize(there, PIECE + padding(value.length) - (there - from))) return false;
        write(from, metadataClass, type, value);
        return true;
    }

    /** Takes the first piece of this class and type away; false if there is none, or it can't be changed. */
    public boolean remove(int metadataClass, int type) {
        int piece = isWritable() ? piece(metadataClass, type) : 0;
        if (piece == 0) return false;
        int size = PIECE + padded(piece);
        return resize(piece + size, -size);
    }

    private boolean isWritable() {
        return !packet.isNshHidden() && mdType() == MD_TYPE_2 && end() != 0;
    }

    /** What {@link Metadata#FORWARDING_CONTEXT} says, or null. */
    public ForwardingContext forwardingContext() {
        return ForwardingContext.of(get(Metadata.IETF, Metadata.FORWARDING_CONTEXT));
    }

    /** What {@link Metadata#FLOW_ID} says, or null. */
    public FlowId flowId() {
        return FlowId.of(get(Metadata.IETF, Metadata.FLOW_ID));
    }

    /** What {@link Metadata#GROUPS} says, or null. */
    public Groups groups() {
        return Groups.of(get(Metadata.IETF, Metadata.GROUPS));
    }

    // Pieces, by their offset in the header; 0 is none.

    private int first() {
        return mdType() == MD_TYPE_2 ? whole(FIXED) : 0;
    }

    private int after(int piece) {
        return whole(piece + PIECE + padded(piece));
    }

    /** What ends within a piece has no such piece. */
    private int whole(int piece) {
        return piece + PIECE <= length() && piece + PIECE + padded(piece) <= length() ? piece : 0;
    }

    private static int padding(int count) {
        return count + 3 & ~3;
    }

    private int padded(int piece) {
        return padding(u8(piece + 3) & 127);
    }

    private int piece(int metadataClass, int type) {
        for (int piece = first(); piece != 0; piece = after(piece)) if (u16(piece) == metadataClass && u8(piece + 2) == type) return piece;
        return 0;
    }

    private byte[] value(int piece) {
        byte[] value = new byte[u8(piece + 3) & 127];
        for (int i = 0; i < value.length; i++) value[i] = (byte) u8(piece + PIECE + i);
        return value;
    }

    /** Where the last piece ends; 0 if the metadata ends within a piece. */
    private int end() {
        int end = FIXED;
        for (int piece = first(); piece != 0; piece = after(piece)) end = piece + PIECE + padded(piece);
        return end == length() ? end : 0;
    }

    /** Make the header `more` bytes longer before its byte `before`: everything in front moves, what is behind stays. */
    private boolean resize(int before, int more) {
        int next = length() + more;
        if (next > LENGTH_MAX || !packet.moveFront(at + before, more)) return false;
        at -= more;
        packet.placeNsh(at, next);
        packet.frame8(at + 1, u8(1) & 0xC0 | next / 4);
        return true;
    }

    private void write(int piece, int metadataClass, int type, byte[] value) {
        int[] head = {metadataClass >> 8, metadataClass & 255, type, value.length};
        for (int i = 0; i < PIECE; i++) packet.frame8(at + piece + i, head[i]);
        for (int i = 0; i < padding(value.length); i++) packet.frame8(at + piece + PIECE + i, i < value.length ? value[i] : 0);
    }
}
