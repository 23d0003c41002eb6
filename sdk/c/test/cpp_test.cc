// The C++ face: what it adds to the C functions, which the vectors hold. Ends with one line, N passed, N failed.
#include <algorithm>
#include <coven/testing.hpp>
#include <cstring>
#include <functional>

using coven::packet;

static unsigned passed, failed;
static void check(bool good, const char *text, int line) {
    good ? passed++ : failed++;
    if (!good) std::fprintf(stderr, "cpp_test.cc:%d: %s\n", line, text);
}
#define CHECK(condition) check(condition, #condition, __LINE__)
template <typename Error> static std::string thrown(const std::function<void()> &act) {
    try {
        act();
    } catch (const Error &error) {
        return error.what();
    }
    return "";
}

static std::vector<std::uint8_t> hex(const char *text) {
    std::vector<std::uint8_t> out;
    for (unsigned byte; std::sscanf(text, "%2x", &byte) == 1; text += 2) out.push_back(static_cast<std::uint8_t>(byte));
    return out;
}
/* VLAN 100, priority 5; TCP over IPv4 with right checksums. */
static const auto tcp = hex("020000000002020000000001" "8100a064" "0800" "4500002c12340000400" "69ba60a000001c0a801fe" "9c401f90fedcba98010203045018ffff" "00000000" "74657374");

static void headers(coven::testing::harness &h) {
    auto result = h.packet([](packet &p) {
        CHECK(p.ethernet()->type() == 0x0800 && coven::text(p.ethernet()->source()) == "02:00:00:00:00:01");
        CHECK(p.vlan()->id() == 100 && p.vlan()->priority() == 5 && !p.vlan()->inner());
        CHECK(p.ipv4()->source_text() == "10.0.0.1" && p.ipv4()->destination_text() == "192.168.1.254" && p.ipv4()->ttl() == 64 && p.ipv4()->total_length() == 44);
        CHECK(p.tcp()->source_port() == 40000 && p.tcp()->destination_port() == 8080 && p.tcp()->sequence() == 0xFEDCBA98 && p.tcp()->psh() && p.tcp()->ack() && !p.tcp()->syn());
        CHECK(!p.ipv6() && !p.udp() && !p.icmp());
        auto payload = *p.payload();
        CHECK(std::string(payload.begin(), payload.end()) == "test");
        CHECK(p.update_checksums());
        p.ipv4()->source(0xCB007105);
        p.ipv4()->dscp(46);
        p.tcp()->destination_port(443);
        p.vlan()->id(7);
        p.ethernet()->source({2, 0, 0, 0, 0, 9});
        std::vector<std::uint8_t> before(p.begin(), p.end());
        CHECK(p.update_checksums() && std::equal(before.begin(), before.end(), p.begin()));
        CHECK(p.ipv4()->source() == 0xCB007105 && p.ipv4()->dscp() == 46 && p.tcp()->destination_port() == 443 && p.vlan()->id() == 7);
        CHECK(thrown<std::out_of_range>([&] { p.vlan()->id(4096); }) == "vlan id 4096 does not fit 12 bits");
        CHECK(p.grow_front(-4) && !p.vlan() && p.tcp()); // what stood behind the tag is the type now
        return coven::forward;
    }, tcp);
    CHECK(result.output == "out" && result.bytes.size() == tcp.size() - 4);
}

static void numbers(coven::testing::harness &h) {
    packet *kept = nullptr;
    static std::optional<packet> copy;
    h.packet([&](packet &p) {
        p.put_u32(60, 0x01020304);
        p.put_u16(0, 0xABCD);
        CHECK(p.u32(60) == 0x01020304 && p.u16(62) == 0x0304 && p.u8(1) == 0xCD);
        CHECK(thrown<std::out_of_range>([&] { p.u32(p.size() - 3); }) == "offset " + std::to_string(p.size() - 3) + " is outside of the packet of " + std::to_string(p.size()) + " bytes");
        copy = p;
        kept = &*copy;
        return coven::forward;
    }, std::vector<std::uint8_t>(64));
    CHECK(thrown<std::logic_error>([&] { kept->u8(0); }).find("handed on") != std::string::npos);
}

static void context(coven::testing::harness &h) {
    auto tenant = coven::context_field("tenant"), wide = coven::context_field("wide");
    auto result = h.packet([&](packet &p) {
        p.context()[tenant] = 7;
        p.context()[wide].bytes(std::string(12, 'x'));
        CHECK(p.context()[tenant] == 7 && p.context()[2] == 7 && p.context()[wide].bytes() == std::string(12, 'x'));
        CHECK(thrown<std::out_of_range>([&] { p.context()[tenant] = 1 << 24; }).find("24 bits") != std::string::npos);
        CHECK(thrown<std::out_of_range>([&] { p.context()[wide].bytes("x"); }).find("96 bits") != std::string::npos);
        return coven::to("aside");
    }, tcp);
    CHECK(result.output == "aside" && result.context[2] == 7 && result.context[15] == 'x');
    CHECK(thrown<std::invalid_argument>([] { coven::context_field("tennant"); }) == "the context has no field tennant; there are: tenant, mark, wide");
}

static void flows(coven::testing::harness &h) {
    struct seen { std::uint64_t packets; };
    coven::flow_table<seen> table("talks", 100, 60);
    for (int i = 0; i < 3; i++)
        h.packet([&](packet &p) {
            auto flow = *coven::flow::of(p);
            table.put(p)->packets++;
            CHECK(flow.text() == "tcp 10.0.0.1:40000 > 192.168.1.254:8080" && flow.reversed().reversed() == flow && flow.reversed() != flow);
            CHECK(table.get(flow.reversed(), p.time())->packets == static_cast<std::uint64_t>(i) + 1);
            CHECK(std::hash<coven::flow>()(flow) == std::hash<coven::flow>()(flow.reversed().reversed()));
            return coven::forward;
        }, tcp);
    CHECK(table.size() == 1 && h.item("talks_flows") == "1");
    unsigned visited = 0;
    table.each([&](const coven::flow &flow, seen &one) { visited += one.packets == 3 && table.remove(flow); });
    CHECK(visited == 1 && table.size() == 0);
    CHECK(!thrown<std::invalid_argument>([] { coven::flow_table<seen> none("none", 0, 1); }).empty());
}

static void nsh(coven::testing::harness &h) {
    auto frame = hex("020000000002020000000001894f" "0fc40203" "123456fa" "0000050400000007");
    auto result = h.packet([](packet &p) {
        auto nsh = *coven::nsh::of(p);
        unsigned pieces = 0;
        nsh.metadata([&](const coven::tlv &piece) { pieces += piece.type() == COVEN_MD_TENANT && piece.value().size == 4; });
        CHECK(nsh.spi() == 0x123456 && nsh.si() == 250 && nsh.ttl() == 63 && nsh.md_type() == 2 && nsh.length() == 16 && pieces == 1);
        CHECK(nsh.set(COVEN_MD_IETF, COVEN_MD_GROUPS, std::string_view("\0\0\0\1\0\0\0\2", 8)));
        auto groups = *nsh.get(COVEN_MD_IETF, COVEN_MD_GROUPS)->groups();
        CHECK(groups.source == 1 && groups.destination == 2 && nsh.remove(COVEN_MD_IETF, COVEN_MD_TENANT) && !nsh.get(COVEN_MD_IETF, COVEN_MD_TENANT));
        return coven::forward;
    }, frame);
    CHECK(result.bytes == hex("020000000002020000000001894f" "0fc50203" "123456fa" "000009080000000100000002"));
}

static coven::histogram sizes{"sizes", {64, 1500}, "bytes", ""};

static void outcomes(coven::testing::harness &h) {
    CHECK(h.packet([](packet &) -> coven::verdict { throw std::runtime_error("on purpose"); }, tcp).error == "on purpose");
    CHECK(h.packet([](packet &) { return coven::verdict(5); }, tcp).error == "unknown_output");
    CHECK(h.packet([](packet &) { return coven::drop; }, tcp).dropped());
    auto result = h.packet([](packet &p) {
        if (auto copy = coven::own_packet::copy(p)) {
            copy->view().tcp()->destination_port(1);
            std::move(*copy).send(1);
        }
        auto unsent = coven::own_packet::make(60, p);
        sizes.record(p.size());
        return coven::forward;
    }, tcp);
    CHECK(result.sent.size() == 1 && result.sent[0].output == "aside" && result.sent[0].bytes.size() == tcp.size());
    CHECK(h.item("sizes") == "{\"count\":1,\"sum\":62,\"buckets\":[[64,1],[1500,0]]}");
    CHECK(!thrown<std::runtime_error>([&] { h.capture([](packet &) { return coven::forward; }, "/nowhere.pcap"); }).empty());
}

int main() {
    {
        coven::testing::harness h("out,aside", "tenant:24,mark:8,wide:96");
        for (auto part : {headers, numbers, context, flows, nsh, outcomes}) part(h);
    }
    std::printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
