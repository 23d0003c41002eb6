/** @file
 * The Network Service Header (spec/sdk.md, coven/nsh.h); part of nf.hpp.
 */
#ifndef COVEN_NSH_HPP
#define COVEN_NSH_HPP
#include <string_view>
#include "nsh.h"
#include "packet.hpp"

namespace coven {

/** One piece of metadata, its value in place. */
class tlv {
public:
    explicit tlv(const ::coven_tlv &raw) : raw_(raw) {}
    std::uint16_t md_class() const { return raw_.md_class; }
    std::uint8_t type() const { return raw_.type; }
    bool unassigned() const { return raw_.unassigned; }
    coven::bytes value() const { return {raw_.value, raw_.length}; }
    /** RFC 9263; nothing if the value is of another form. */
    std::optional<::coven_forwarding_context> forwarding_context() const { return typed<::coven_forwarding_context>(::coven_read_forwarding_context); }
    std::optional<::coven_flow_label> flow_label() const { return typed<::coven_flow_label>(::coven_read_flow_label); }
    std::optional<::coven_groups> groups() const { return typed<::coven_groups>(::coven_read_groups); }

private:
    template <typename Fields, typename Read> std::optional<Fields> typed(Read read) const {
        Fields fields;
        return read(&raw_, &fields) ? std::optional(fields) : std::nullopt;
    }
    ::coven_tlv raw_;
};

/** The NSH of a packet; holds until the packet is grown, but by set and remove. */
class nsh {
public:
    static std::optional<nsh> of(packet &packet) {
        nsh made;
        return ::coven_nsh_of(packet.raw(), &made.raw_) ? std::optional(made) : std::nullopt;
    }
    std::uint32_t spi() const { return ::coven_nsh_spi(&raw_); }
    std::uint8_t si() const { return ::coven_nsh_si(&raw_); }
    std::uint8_t ttl() const { return ::coven_nsh_ttl(&raw_); }
    bool oam() const { return ::coven_nsh_oam(&raw_); }
    std::uint8_t md_type() const { return ::coven_nsh_md_type(&raw_); }
    std::uint8_t next_protocol() const { return ::coven_nsh_next_protocol(&raw_); }
    std::uint32_t length() const { return raw_.length; }

    /** `visit(tlv)` for each piece, in order. */
    template <typename Visit> void metadata(Visit &&visit) const {
        ::coven_tlv piece{};
        while (::coven_nsh_next(&raw_, &piece)) visit(tlv(piece));
    }
    std::optional<tlv> get(std::uint16_t md_class, std::uint8_t type) const {
        ::coven_tlv piece;
        return ::coven_nsh_get(&raw_, md_class, type, &piece) ? std::optional(tlv(piece)) : std::nullopt;
    }
    /** False, and nothing changed, if it can't be (coven/nsh.h). Views of the packet's headers are to be asked for again. */
    bool set(std::uint16_t md_class, std::uint8_t type, std::string_view value) { return ::coven_nsh_set(&raw_, md_class, type, value.data(), value.size()); }
    bool remove(std::uint16_t md_class, std::uint8_t type) { return ::coven_nsh_remove(&raw_, md_class, type); }

private:
    nsh() = default;
    ::coven_nsh raw_{};
};

} // namespace coven
#endif
