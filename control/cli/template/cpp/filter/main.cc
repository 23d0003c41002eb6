// Keeps packets away from one port.
#include <coven/nf.hpp>

static coven::setting port{"port", 8080, "", "packets to this port are kept away"};
static coven::counter dropped{"dropped", "packets", "packets to the port, but for the first of each flow"};

struct filter {
    coven::flow_table<unsigned> knocks{"knocks", 4096, 60}; // flows to the port, with their packets; one is forgotten after 60 s without any
    coven::context_field_t service = coven::context_field("service");
    coven::verdict watch = coven::to("watch");

    coven::verdict operator()(coven::packet &packet) {
        auto tcp = packet.tcp();
        auto udp = packet.udp();
        if (!tcp && !udp) return coven::forward;
        std::uint16_t to = tcp ? tcp->destination_port() : udp->destination_port();
        packet.context()[service] = to;
        if (to != port.value()) return coven::forward;
        if (++*knocks.put(packet) == 1) return watch;
        dropped.add(1);
        return coven::drop;
    }
};

int main() {
    filter one;
    return coven::run(one);
}
