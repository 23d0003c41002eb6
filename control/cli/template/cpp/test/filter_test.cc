// The component's own source, whose main is not that of the test.
#define main component_main
#include "../filter/main.cc"
#undef main
#include <cassert>
#include <coven/testing.hpp>
#include <iostream>

// What became of each packet, a letter each: the first of `out`, `watch`, or `-` for dropped.
static std::string sample(coven::testing::harness &harness, const char *port) {
    assert(harness.set("port", port));
    filter one;
    std::string said;
    for (auto &result : harness.capture(one, "sample.pcap")) {
        said += result.dropped() ? '-' : result.output[0];
        if (said.size() == 2) assert(result.context[0] == 0 && result.context[1] == 53);
    }
    return said;
}

int main() {
    coven::testing::harness harness("out,watch", "service:16,rest:112");
    assert(sample(harness, "8080") == "ooow-owo");
    assert(harness.item("dropped") == "1");
    assert(sample(harness, "443") == "ooooowo-");
    std::cout << "2 passed\n";
}
