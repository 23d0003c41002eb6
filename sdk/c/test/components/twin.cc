// twin.c in C++, with what C++ adds: every eighth packet meets an exception; the agent shows settings and commands.
#include <algorithm>
#include <coven/nf.hpp>
#include <stdexcept>

static coven::counter copies{"copies", "packets", "copies that were sent"};
static coven::gauge last{"last", "bytes", "length of the last packet"};
static coven::setting every{"every", 8, "packets", "which one fails", [](std::int64_t value) { return value > 1; }};
static coven::command echo{"echo", [](std::string_view argument) {
    if (argument.empty()) throw std::invalid_argument("nothing to say");
    return "\"" + std::string(argument) + "\"";
}};

static coven::verdict twin(coven::packet &packet) {
    static std::int64_t count;
    last.set(packet.size());
    if (++count % every.value() == 0) throw std::runtime_error("on purpose");
    if (auto copy = coven::own_packet::copy(packet)) {
        copies.add(1);
        std::move(*copy).send(1);
    }
    if (auto own = coven::own_packet::make(100, packet)) std::fill_n(own->view().data(), 100, 0xAA); // not sent: given back
    if (packet.grow_front(16)) packet.grow_front(-16);
    return coven::forward;
}

int main(int count, char **) {
    if (count == 1) return coven::run(twin);
    return coven::run_burst([](coven::burst burst) {
        for (coven::packet packet : burst) packet.where() = packet.context()[0] ? coven::drop : coven::forward;
    });
}
