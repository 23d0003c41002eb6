/** @file
 * Packets; part of nf.hpp.
 */
#ifndef COVEN_PACKET_HPP
#define COVEN_PACKET_HPP
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include "headers.hpp"

namespace coven {

/** A packet in the hands of this component: a whole Ethernet frame. Valid until the function returns. */
class packet : public detail::views {
public:
    explicit packet(::coven_packet *raw) : views(raw) {}

    std::uint8_t *data() const { return raw_->data; }
    std::uint32_t size() const { return raw_->length; }
    std::uint8_t *begin() const { return data(); }
    std::uint8_t *end() const { return data() + size(); }
    /** The 16 context bytes, by index and by field, read and written in place. */
    coven::context context() const { return coven::context(raw_); }

    /** Numbers in network byte order; throws std::out_of_range outside of the packet. */
    std::uint8_t u8(std::uint32_t offset) const { return number<std::uint8_t>(::coven_u8, offset); }
    std::uint16_t u16(std::uint32_t offset) const { return number<std::uint16_t>(::coven_u16, offset); }
    std::uint32_t u32(std::uint32_t offset) const { return number<std::uint32_t>(::coven_u32, offset); }
    void put_u8(std::uint32_t offset, std::uint8_t value) { inside(::coven_put_u8(raw_, offset, value), offset); }
    void put_u16(std::uint32_t offset, std::uint16_t value) { inside(::coven_put_u16(raw_, offset, value), offset); }
    void put_u32(std::uint32_t offset, std::uint32_t value) { inside(::coven_put_u32(raw_, offset, value), offset); }

    std::uint32_t flow_hash() const { return ::coven_flow_hash(raw_); }
    /** Arrival, CLOCK_REALTIME. */
    std::chrono::nanoseconds time() const { return std::chrono::nanoseconds(::coven_time_ns(raw_)); }
    std::uint32_t &mark() const { return *::coven_mark(raw_); }
    /** Service path identifier (24 bits) and service index (8 bits) of the NSH it came with; 0 if none. */
    std::uint32_t service_path() const { return ::coven_service_path(raw_); }

    /** Make room for `bytes` in front (or, negative, cut them off). False, and nothing changed, if the frame has no room. */
    bool grow_front(std::int32_t bytes) { return moved(), ::coven_grow_front(raw_, bytes); }
    /** The same at the end. */
    bool grow_back(std::int32_t bytes) { return moved(), ::coven_grow_back(raw_, bytes); }

    /** Burst form: where it goes; preset to `forward`. */
    verdict &where() const { return raw_->verdict; }

    ::coven_packet *raw() const { return raw_; }

private:
    template <typename Number, typename Read> Number number(Read read, std::uint32_t offset) const {
        Number value{};
        inside(read(raw_, offset, &value), offset);
        return value;
    }
    void inside(bool good, std::uint32_t offset) const {
        if (good) return;
        if (!raw_->data) throw std::logic_error("this packet was handed on when the function returned: it can't be used any more");
        throw std::out_of_range("offset " + std::to_string(offset) + " is outside of the packet of " + std::to_string(size()) + " bytes");
    }
};

/** A packet of one's own (`creates: true`): given back unless it is sent. */
class own_packet {
public:
    /** `length` bytes of undefined content, zero context, on the way that `like` takes. Nothing if no frame is to be had. */
    static std::optional<own_packet> make(std::uint32_t length, const packet &like) {
        own_packet made;
        return ::coven_packet_new(&made.raw_, length, like.raw()) ? claimed(made) : std::nullopt;
    }
    /** A copy with the context. */
    static std::optional<own_packet> copy(const packet &original) {
        own_packet made;
        return ::coven_packet_clone(&made.raw_, original.raw()) ? claimed(made) : std::nullopt;
    }

    own_packet(own_packet &&other) noexcept : raw_(other.raw_), held_(std::exchange(other.held_, false)) {}
    own_packet(const own_packet &) = delete;
    own_packet &operator=(own_packet &&) = delete;
    own_packet &operator=(const own_packet &) = delete;
    ~own_packet() { give(drop); }

    packet view() { return packet(&raw_); }
    /** Visible with the burst that is being worked on. */
    void send(verdict where) && { give(where); }

private:
    own_packet() = default;
    static std::optional<own_packet> claimed(own_packet &made) {
        made.held_ = true;
        return std::move(made);
    }
    void give(verdict where) {
        if (std::exchange(held_, false)) ::coven_send(&raw_, where);
    }

    ::coven_packet raw_{};
    bool held_ = false;
};

/** Up to 64 packets at a time; each is forwarded unless its `where()` is set. */
class burst {
public:
    burst(::coven_packet *packets, unsigned count) : packets_(packets), count_(count) {}
    unsigned size() const { return count_; }
    packet operator[](unsigned index) const { return packet(packets_ + index); }

    class iterator {
    public:
        explicit iterator(::coven_packet *at) : at_(at) {}
        packet operator*() const { return packet(at_); }
        iterator &operator++() { return ++at_, *this; }
        bool operator!=(const iterator &other) const { return at_ != other.at_; }

    private:
        ::coven_packet *at_;
    };
    iterator begin() const { return iterator(packets_); }
    iterator end() const { return iterator(packets_ + count_); }

private:
    ::coven_packet *packets_;
    unsigned count_;
};

} // namespace coven
#endif
