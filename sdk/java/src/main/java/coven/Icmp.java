package coven;

/** The header of ICMP or ICMPv6. What is written changes its checksum. */
public final class Icmp extends View {
    Icmp(Headers headers) {
        super(headers);
    }

    public int type() {
        return u8(0);
    }

    public void setType(int type) {
        Checksum.transport16(packet.headers(), at, bits(type, 8, "type") << 8 | u8(1));
    }

    public int code() {
        return u8(1);
    }

    public void setCode(int code) {
        Checksum.transport16(packet.headers(), at, u8(0) << 8 | bits(code, 8, "code"));
    }
}
