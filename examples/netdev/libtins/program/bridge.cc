// What comes in at `in` goes out at `out` and the other way, but for UDP to port 7. Knows libtins and nothing of COVEN.
#include <string>
#include <thread>
#include <tins/tins.h>

static void carry(const std::string &from, const std::string &to) {
    Tins::SnifferConfiguration wishes;
    wishes.set_immediate_mode(true);
    wishes.set_snap_len(2048);
    wishes.set_buffer_size(4 << 20); // its own is full after 32 packets in immediate mode
    wishes.set_direction(PCAP_D_IN);
    wishes.set_filter("not udp dst port 7");
    Tins::PacketSender sender{Tins::NetworkInterface(to)};
    Tins::Sniffer(from, wishes).sniff_loop([&](Tins::PDU &packet) {
        sender.send(packet);
        return true;
    });
}

int main() {
    std::thread down(carry, "out", "in");
    carry("in", "out");
    return 1;
}
