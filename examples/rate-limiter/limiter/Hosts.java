import coven.Packet;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** Buckets by source host: an IPv4 address, or the first 64 bits of an IPv6 address, for a host has as many of those as it likes. The one unused for longest goes. */
final class Hosts {
    private static final int HOSTS_MAX = 65_536;

    private final Map<Long, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Bucket> eldest) {
            return size() > HOSTS_MAX;
        }
    };

    /** The packet has IP. */
    Bucket of(Packet packet, long burst) {
        long host = packet.ipv4() != null ? packet.ipv4().source() : ByteBuffer.wrap(packet.ipv6().source()).getLong();
        return buckets.computeIfAbsent(host, unknown -> new Bucket(burst, packet.timeNs()));
    }
}
