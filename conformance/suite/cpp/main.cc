#include <array>
#include <coven/nf.hpp>

static coven::counter seen{"seen", "packets", "packets that came"};
static coven::setting mark{"mark", 7, "", "what is added to the context"};
static coven::command echo{"echo", [](std::string_view argument) { return "\"" + std::string(argument) + "\""; }, "gives back its argument"};

int main() {
    const std::array verdicts{coven::forward, coven::drop, coven::to("side"), coven::to("nowhere")};
    return coven::run([&](coven::packet &packet) {
        seen.add(1);
        packet.context()[1] = static_cast<std::uint8_t>(packet.context()[0] + mark.value());
        return verdicts[packet.data()[14] & 3];
    });
}
