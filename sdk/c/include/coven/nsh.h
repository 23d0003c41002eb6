/** @file
 * The Network Service Header of a packet (RFC 8300, spec/sdk.md): read it, and change its metadata of MD type 2.
 *
 *     coven_nsh nsh;
 *     coven_tlv tenant;
 *     if (coven_nsh_of(packet, &nsh) && coven_nsh_get(&nsh, COVEN_MD_IETF, COVEN_MD_TENANT, &tenant)) …
 *
 * Changes need an `aware` connection point; at a `proxy` the same can be read. Path, TTL and the rest are not a component's to change.
 */
#ifndef COVEN_NSH_H
#define COVEN_NSH_H
#include "headers.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct coven_nsh {
    coven_packet *packet;
    uint8_t *at;
    uint32_t length; /**< bytes of the whole header */
    bool inside;     /**< of the packet: its metadata can be changed */
} coven_nsh;

/** One piece of metadata, its value in place. */
typedef struct coven_tlv {
    uint16_t md_class;
    uint8_t type, length;
    bool unassigned; /**< the U bit */
    uint8_t *value;
} coven_tlv;

/** The NSH of a packet; false if it has none. Holds until the packet is grown, but by the functions below. */
bool coven_nsh_of(coven_packet *packet, coven_nsh *nsh);
static inline uint32_t coven_nsh_spi(const coven_nsh *n) { return coven_load32_(n->at + 4) >> 8; }
static inline uint8_t coven_nsh_si(const coven_nsh *n) { return n->at[7]; }
static inline uint8_t coven_nsh_ttl(const coven_nsh *n) { return (uint8_t)(coven_load16_(n->at) >> 6 & 63); }
static inline bool coven_nsh_oam(const coven_nsh *n) { return n->at[0] >> 5 & 1; }
static inline uint8_t coven_nsh_md_type(const coven_nsh *n) { return n->at[2] & 15; }
static inline uint8_t coven_nsh_next_protocol(const coven_nsh *n) { return n->at[3]; }

/** The metadata in order: begin with a `coven_tlv` of zeroes; false after the last piece, and at one that is cut short. */
bool coven_nsh_next(const coven_nsh *nsh, coven_tlv *piece);
/** The first piece of a class and type. */
bool coven_nsh_get(const coven_nsh *nsh, uint16_t md_class, uint8_t type, coven_tlv *piece);
/** Put a value into the first piece of this class and type, or add one at the end. False, and nothing changed, if there is no MD type 2 inside the packet, its
 * metadata is cut short, or it does not fit: 127 bytes of value, 252 of header, the room in front of the packet. */
bool coven_nsh_set(coven_nsh *nsh, uint16_t md_class, uint8_t type, const void *value, size_t length);
/** Take the first piece of this class and type away; false if there is none, or none can be. */
bool coven_nsh_remove(coven_nsh *nsh, uint16_t md_class, uint8_t type);

/** Class 0 and its types (IANA: NSH IETF-assigned optional variable-length metadata types). */
enum { COVEN_MD_IETF = 0 };
enum {
    COVEN_MD_SUBSCRIBER = 0,         /**< RFC 8979: opaque */
    COVEN_MD_PERFORMANCE_POLICY = 1, /**< RFC 8979: opaque */
    COVEN_MD_FORWARDING_CONTEXT = 4, /**< RFC 9263, as are the following: see coven_forwarding_context */
    COVEN_MD_TENANT = 5,             /**< opaque */
    COVEN_MD_INGRESS_NODE = 6,       /**< opaque */
    COVEN_MD_INGRESS_INTERFACE = 7,  /**< opaque */
    COVEN_MD_FLOW = 8,               /**< see coven_flow_label */
    COVEN_MD_GROUPS = 9,             /**< see coven_groups */
    COVEN_MD_POLICY = 10             /**< opaque */
};

/** RFC 9263 section 4.1; what the context type does not have is 0. */
typedef struct coven_forwarding_context {
    uint8_t context_type; /**< 0 VLAN, 1 two tags, 2 MPLS, 3 VNI, 4 session */
    uint16_t vlan, service_vlan, customer_vlan;
    uint32_t mpls_label, vni, session;
} coven_forwarding_context;
/** RFC 9263 section 4.5: context type 0 is the label of an IPv6 flow, 1 an MPLS entropy label. */
typedef struct coven_flow_label {
    uint8_t context_type;
    uint32_t label;
} coven_flow_label;
/** RFC 9263 section 4.6. */
typedef struct coven_groups {
    uint32_t source, destination;
} coven_groups;

/** The fields of a value; false if it is too short, or of a context type that is not known. */
bool coven_read_forwarding_context(const coven_tlv *piece, coven_forwarding_context *fields);
bool coven_read_flow_label(const coven_tlv *piece, coven_flow_label *fields);
bool coven_read_groups(const coven_tlv *piece, coven_groups *fields);
/** The value of fields; its length, or 0 for a context type that is not known. */
size_t coven_write_forwarding_context(const coven_forwarding_context *fields, uint8_t value[8]);
size_t coven_write_flow_label(const coven_flow_label *fields, uint8_t value[4]);
size_t coven_write_groups(const coven_groups *fields, uint8_t value[8]);

#ifdef __cplusplus
}
#endif
#endif
