package coven;

/** Addresses as text, and back. Nothing is looked up. */
final class Addresses {
    private Addresses() {}

    static String ofLink(byte[] address) {
        StringBuilder text = new StringBuilder(17);
        for (int i = 0; i < address.length; i++) text.append(i == 0 ? "" : ":").append(String.format("%02x", address[i]));
        return text.toString();
    }

    static byte[] link(String text) {
        String[] parts = text.split(":", -1);
        byte[] address = new byte[6];
        for (int i = 0; i < 6; i++) {
            if (parts.length != 6 || !parts[i].matches("[0-9a-fA-F]{1,2}")) throw bad(text, "an Ethernet address (02:00:00:00:00:01)");
            address[i] = (byte) Integer.parseInt(parts[i], 16);
        }
        return address;
    }

    static String ofIpv4(long address) {
        return (address >>> 24 & 255) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255);
    }

    static long ipv4(String text) {
        String[] parts = text.split("\\.", -1);
        long address = 0;
        for (int i = 0; i < 4; i++) {
            boolean good = parts.length == 4 && parts[i].matches("[0-9]{1,3}") && Integer.parseInt(parts[i]) < 256;
            if (!good) throw bad(text, "an IPv4 address (192.0.2.1)");
            address = address << 8 | Integer.parseInt(parts[i]);
        }
        return address;
    }

    /** RFC 5952: the longest run of at least two zero groups is `::`, the first of equals. */
    static String ofIpv6(byte[] address) {
        int from = 0, longest = 1;
        for (int i = 0; i < 8; i++) {
            int run = 0;
            while (i + run < 8 && group(address, i + run) == 0) run++;
            if (run <= longest) continue;
            longest = run;
            from = i;
        }
        if (longest < 2) return groups(address, 0, 8);
        return groups(address, 0, from) + "::" + groups(address, from + longest, 8);
    }

    private static int group(byte[] address, int index) {
        return (address[2 * index] & 0xFF) << 8 | address[2 * index + 1] & 0xFF;
    }

    private static String groups(byte[] address, int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) text.append(i == from ? "" : ":").append(Integer.toHexString(group(address, i)));
        return text.toString();
    }

    static byte[] ipv6(String text) {
        String[] halves = text.split("::", -1);
        byte[] front = parse(halves[0], text), back = halves.length > 1 ? parse(halves[1], text) : new byte[0];
        boolean fits = halves.length == 1 ? front.length == 16 : halves.length == 2 && front.length + back.length <= 14;
        if (!fits) throw bad(text, "an IPv6 address (2001:db8::1)");
        byte[] address = new byte[16];
        System.arraycopy(front, 0, address, 0, front.length);
        System.arraycopy(back, 0, address, 16 - back.length, back.length);
        return address;
    }

    private static byte[] parse(String half, String whole) {
        if (half.isEmpty()) return new byte[0];
        String[] parts = half.split(":", -1);
        byte[] bytes = new byte[2 * parts.length];
        for (int i = 0; i < parts.length; i++) {
            if (parts.length > 8 || !parts[i].matches("[0-9a-fA-F]{1,4}")) throw bad(whole, "an IPv6 address (2001:db8::1)");
            int group = Integer.parseInt(parts[i], 16);
            bytes[2 * i] = (byte) (group >> 8);
            bytes[2 * i + 1] = (byte) group;
        }
        return bytes;
    }

    private static IllegalArgumentException bad(String text, String what) {
        return new IllegalArgumentException("\"" + text + "\" is not " + what);
    }
}
