/** @file
 * Headers and context of a packet (spec/sdk.md): what coven/headers.h and coven/context.h say, in C++; part of nf.hpp.
 */
#ifndef COVEN_HEADERS_HPP
#define COVEN_HEADERS_HPP
#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include "context.h"
#include "headers.h"

namespace coven {

using verdict = ::coven_verdict;
inline constexpr verdict forward = 0;
inline constexpr verdict drop = 0xFFFF;

/** The verdict that sends a packet to the output `name`; `drop` and a line on stderr if there is none. Look it up once. */
inline verdict to(const char *name) { return ::coven_to(name); }

using mac_address = std::array<std::uint8_t, 6>;
using ipv6_address = std::array<std::uint8_t, 16>;
/** Bytes in place. */
struct bytes {
    std::uint8_t *data;
    std::uint32_t size;
    std::uint8_t *begin() const { return data; }
    std::uint8_t *end() const { return data + size; }
};

inline std::string text(const mac_address &address) {
    char out[COVEN_ADDRESS_TEXT];
    return ::coven_mac_text(address.data(), out);
}
inline std::string ipv4_text(std::uint32_t address) {
    char out[COVEN_ADDRESS_TEXT];
    return ::coven_ipv4_text(address, out);
}
inline std::string text(const ipv6_address &address) {
    char out[COVEN_ADDRESS_TEXT];
    return ::coven_ipv6_text(address.data(), out);
}

namespace detail {
/** A value for a field of `bits`; throws std::out_of_range if it does not fit. */
inline std::uint32_t fitting(std::uint32_t value, unsigned bits, const char *what) {
    if (value >> bits) throw std::out_of_range(std::string(what) + " " + std::to_string(value) + " does not fit " + std::to_string(bits) + " bits");
    return value;
}
template <std::size_t Size> std::array<std::uint8_t, Size> copied(const std::uint8_t *from) {
    std::array<std::uint8_t, Size> out;
    std::copy(from, from + Size, out.begin());
    return out;
}
/** What the views of one packet share: each holds where the headers are. */
template <typename Raw> class view {
public:
    explicit view(const ::coven_headers &all) : raw_{all} {}

protected:
    mutable Raw raw_;
};
} // namespace detail

#define COVEN_READ_(type, header, field) \
    type field() const { return ::coven_##header##_##field(&raw_); }
#define COVEN_FIELD_(type, header, field, bits) \
    COVEN_READ_(type, header, field)            \
    void field(type value) { ::coven_##header##_set_##field(&raw_, static_cast<type>(detail::fitting(value, bits, #header " " #field))); }
#define COVEN_WHOLE_(type, header, field) \
    COVEN_READ_(type, header, field)      \
    void field(type value) { ::coven_##header##_set_##field(&raw_, value); }
#define COVEN_FLAG_(name, bit) \
    bool name() const { return flags() & (bit); }

/** A field is read by its name, and written by its name with a value. */
class ethernet {
public:
    ethernet(::coven_ethernet *raw, std::uint16_t type) : raw_(raw), type_(type) {}
    mac_address destination() const { return detail::copied<6>(::coven_ethernet_destination(raw_)); }
    mac_address source() const { return detail::copied<6>(::coven_ethernet_source(raw_)); }
    void destination(const mac_address &to) { std::copy(to.begin(), to.end(), ::coven_ethernet_destination(raw_)); }
    void source(const mac_address &to) { std::copy(to.begin(), to.end(), ::coven_ethernet_source(raw_)); }
    /** The first that is no VLAN tag's. */
    std::uint16_t type() const { return type_; }

private:
    ::coven_ethernet *raw_;
    std::uint16_t type_;
};

class vlan {
public:
    vlan(::coven_vlan *raw, ::coven_vlan *inner) : raw_(raw), inner_(inner) {}
    std::uint16_t id() const { return ::coven_vlan_id(raw_); }
    std::uint8_t priority() const { return ::coven_vlan_priority(raw_); }
    void id(std::uint16_t value) { ::coven_vlan_set_id(raw_, static_cast<std::uint16_t>(detail::fitting(value, 12, "vlan id"))); }
    void priority(std::uint8_t value) { ::coven_vlan_set_priority(raw_, static_cast<std::uint8_t>(detail::fitting(value, 3, "vlan priority"))); }
    std::optional<vlan> inner() const { return inner_ ? std::optional<vlan>(vlan(inner_, nullptr)) : std::nullopt; }

private:
    ::coven_vlan *raw_, *inner_;
};

class ipv4 : detail::view<::coven_ipv4> {
public:
    using view::view;
    COVEN_WHOLE_(std::uint32_t, ipv4, source)
    COVEN_WHOLE_(std::uint32_t, ipv4, destination)
    std::string source_text() const { return ipv4_text(source()); }
    std::string destination_text() const { return ipv4_text(destination()); }
    COVEN_READ_(std::uint8_t, ipv4, protocol)
    COVEN_WHOLE_(std::uint8_t, ipv4, ttl)
    COVEN_FIELD_(std::uint8_t, ipv4, dscp, 6)
    COVEN_FIELD_(std::uint8_t, ipv4, ecn, 2)
    COVEN_WHOLE_(std::uint16_t, ipv4, identification)
    COVEN_READ_(std::uint16_t, ipv4, total_length)
    COVEN_READ_(std::uint8_t, ipv4, header_length)
    COVEN_READ_(bool, ipv4, dont_fragment)
    COVEN_READ_(bool, ipv4, more_fragments)
    COVEN_READ_(std::uint16_t, ipv4, fragment_offset)
};

class ipv6 : detail::view<::coven_ipv6> {
public:
    using view::view;
    ipv6_address source() const { return detail::copied<16>(::coven_ipv6_source(&raw_)); }
    ipv6_address destination() const { return detail::copied<16>(::coven_ipv6_destination(&raw_)); }
    void source(const ipv6_address &address) { ::coven_ipv6_set_source(&raw_, address.data()); }
    void destination(const ipv6_address &address) { ::coven_ipv6_set_destination(&raw_, address.data()); }
    std::string source_text() const { return text(source()); }
    std::string destination_text() const { return text(destination()); }
    COVEN_READ_(std::uint8_t, ipv6, next_header)
    COVEN_WHOLE_(std::uint8_t, ipv6, hop_limit)
    COVEN_FIELD_(std::uint8_t, ipv6, dscp, 6)
    COVEN_FIELD_(std::uint8_t, ipv6, ecn, 2)
    COVEN_FIELD_(std::uint32_t, ipv6, flow_label, 20)
    COVEN_READ_(std::uint16_t, ipv6, payload_length)
};

class tcp : detail::view<::coven_tcp> {
public:
    using view::view;
    COVEN_WHOLE_(std::uint16_t, tcp, source_port)
    COVEN_WHOLE_(std::uint16_t, tcp, destination_port)
    COVEN_WHOLE_(std::uint32_t, tcp, sequence)
    COVEN_WHOLE_(std::uint32_t, tcp, acknowledgment)
    COVEN_WHOLE_(std::uint8_t, tcp, flags)
    COVEN_WHOLE_(std::uint16_t, tcp, window)
    COVEN_READ_(std::uint8_t, tcp, header_length)
    COVEN_FLAG_(fin, COVEN_TCP_FIN)
    COVEN_FLAG_(syn, COVEN_TCP_SYN)
    COVEN_FLAG_(rst, COVEN_TCP_RST)
    COVEN_FLAG_(psh, COVEN_TCP_PSH)
    COVEN_FLAG_(ack, COVEN_TCP_ACK)
    COVEN_FLAG_(urg, COVEN_TCP_URG)
};

class udp : detail::view<::coven_udp> {
public:
    using view::view;
    COVEN_WHOLE_(std::uint16_t, udp, source_port)
    COVEN_WHOLE_(std::uint16_t, udp, destination_port)
    COVEN_READ_(std::uint16_t, udp, length)
};

class icmp : detail::view<::coven_icmp> {
public:
    using view::view;
    COVEN_WHOLE_(std::uint8_t, icmp, type)
    COVEN_WHOLE_(std::uint8_t, icmp, code)
};
#undef COVEN_READ_
#undef COVEN_FIELD_
#undef COVEN_WHOLE_
#undef COVEN_FLAG_

/** A field of the context; by context_field(). */
using context_field_t = ::coven_field;
/** The field `name` of COVEN_CONTEXT; throws std::invalid_argument, naming those there are. Look it up once. */
inline context_field_t context_field(const char *name) {
    std::string there;
    const char *one;
    context_field_t field;
    for (unsigned i = 0; ::coven_context_entry(i, &one, &field); i++) {
        if (std::string(one) == name) return field;
        there += (i ? ", " : "") + std::string(one);
    }
    throw std::invalid_argument("the context has no field " + std::string(name) + "; there are: " + (there.empty() ? "none (vnf.yaml: context)" : there));
}

/** The 16 context bytes of a packet. */
class context {
public:
    explicit context(::coven_packet *raw) : raw_(raw) {}
    std::uint8_t *data() const { return raw_->context; }
    std::uint8_t *begin() const { return data(); }
    std::uint8_t *end() const { return data() + 16; }
    template <typename Index, std::enable_if_t<std::is_integral_v<Index>, int> = 0> std::uint8_t &operator[](Index index) const { return data()[index]; }

    /** A field of one packet: a number (of a wider one the last 64 bits), or bytes. Throws std::out_of_range for what does not fit. */
    class field {
    public:
        field(::coven_packet *raw, context_field_t where) : raw_(raw), where_(where) {}
        operator std::uint64_t() const { return ::coven_field_get(raw_, where_); }
        const field &operator=(std::uint64_t value) const { return put(::coven_field_set(raw_, where_, value)); }
        std::string bytes() const {
            std::string out(::coven_field_size(where_), '\0');
            ::coven_field_read(raw_, where_, reinterpret_cast<std::uint8_t *>(out.data()));
            return out;
        }
        const field &bytes(const std::string &value) const {
            return put(::coven_field_write(raw_, where_, reinterpret_cast<const std::uint8_t *>(value.data()), value.size()));
        }

    private:
        const field &put(bool good) const {
            if (!good) throw std::out_of_range("the value does not fit the " + std::to_string(where_.bits) + " bits of the field");
            return *this;
        }
        ::coven_packet *raw_;
        context_field_t where_;
    };
    field operator[](context_field_t where) const { return field(raw_, where); }

private:
    ::coven_packet *raw_;
};

namespace detail {
/** The views of a packet, found when the first one is asked for. */
class views {
public:
    std::optional<coven::ethernet> ethernet() const {
        ::coven_ethernet *raw = ::coven_ethernet_of(&all());
        return raw ? std::optional(coven::ethernet(raw, all_.type)) : std::nullopt;
    }
    std::optional<coven::vlan> vlan() const {
        ::coven_vlan *raw = ::coven_vlan_of(&all());
        return raw ? std::optional(coven::vlan(raw, ::coven_vlan_inner(&all_))) : std::nullopt;
    }
    std::optional<coven::ipv4> ipv4() const { return made<coven::ipv4>(::coven_ipv4_of(&all())); }
    std::optional<coven::ipv6> ipv6() const { return made<coven::ipv6>(::coven_ipv6_of(&all())); }
    std::optional<coven::tcp> tcp() const { return made<coven::tcp>(::coven_tcp_of(&all())); }
    std::optional<coven::udp> udp() const { return made<coven::udp>(::coven_udp_of(&all())); }
    std::optional<coven::icmp> icmp() const { return made<coven::icmp>(::coven_icmp_of(&all())); }
    /** What stands behind TCP, UDP or ICMP. */
    std::optional<coven::bytes> payload() const {
        coven::bytes out{nullptr, 0};
        out.data = ::coven_payload_of(&all(), &out.size);
        return out.data ? std::optional(out) : std::nullopt;
    }
    /** After bytes were written in place; false if the transport's could not be computed. */
    bool update_checksums() { return ::coven_update_checksums(&all()); }

protected:
    explicit views(::coven_packet *raw) : raw_(raw) {}
    void moved() { found_ = false; }
    ::coven_packet *raw_;

private:
    template <typename View> std::optional<View> made(const void *there) const { return there ? std::optional<View>(View(all_)) : std::nullopt; }
    ::coven_headers &all() const {
        if (!found_) all_ = ::coven_headers_of(raw_), found_ = true;
        return all_;
    }
    mutable ::coven_headers all_;
    mutable bool found_ = false;
};
} // namespace detail

} // namespace coven
#endif
