// Drops what the analyzer has marked: context byte 0 is not zero.
#include <coven/nf.hpp>

static coven::counter dropped{"dropped", "packets", "marked packets discarded"};
static coven::counter forwarded{"forwarded", "packets", "packets passed on"};

int main() {
    return coven::run([](coven::packet &packet) {
        if (packet.context()[0] == 0) {
            forwarded.add(1);
            return coven::forward;
        }
        dropped.add(1);
        return coven::drop;
    });
}
