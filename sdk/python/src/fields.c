/* The header views' fields (spec/sdk.md): where each is, and what its checksums are. */
#include "views.h"

#define AT(...) (void *)&(const field){__VA_ARGS__}
#define NUMBER(name, doc, ...) {name, field_number, field_set_number, doc, AT(__VA_ARGS__)}
#define READ(name, doc, ...) {name, field_number, NULL, doc, AT(__VA_ARGS__, NULL)}
#define FLAG(name, doc, ...) {name, field_flag, NULL, doc, AT(__VA_ARGS__, NULL)}
#define BYTES(name, doc, ...) {name, field_bytes, field_set_bytes, doc, AT(__VA_ARGS__)}
#define TEXT(name, doc, ...) {name, field_text, field_set_text, doc, AT(__VA_ARGS__)}
#define END {NULL, NULL, NULL, NULL, NULL}

/* ---- what is not at a fixed place ---- */

static PyObject *ether_type(PyObject *self, void *unused) {
    spot s;
    return view_spot(self, &s) ? PyLong_FromLong(s.headers.type) : NULL;
}

static PyObject *last_header(PyObject *self, void *unused) {
    spot s;
    return view_spot(self, &s) ? PyLong_FromLong(s.headers.protocol) : NULL;
}

static PyObject *inner_tag(PyObject *self, void *unused) {
    spot s;
    if (!view_spot(self, &s)) return NULL;
    if (((View *)self)->kind != VIEW_VLAN) Py_RETURN_NONE;
    return view_get((PyObject *)((View *)self)->owner, (void *)VIEW_INNER_VLAN);
}

/* ---- the tables: offset, size, shift, scale, mask, writer ---- */

static PyGetSetDef ethernet[] = {
    BYTES("destination", "6 bytes", 0, 6, 0, 0, 0, write_plain),
    BYTES("source", "6 bytes", 6, 6, 0, 0, 0, write_plain),
    TEXT("destination_text", "such as 02:00:00:00:00:01", 0, 6, 0, 0, 0, write_plain),
    TEXT("source_text", "such as 02:00:00:00:00:01", 6, 6, 0, 0, 0, write_plain),
    {"type", ether_type, NULL, "the first EtherType that is no VLAN tag", NULL},
    END,
};

static PyGetSetDef vlan[] = {
    NUMBER("id", "0 to 4095", 0, 2, 0, 0, 0xFFF, write_plain),
    NUMBER("priority", "0 to 7", 0, 2, 13, 0, 7, write_plain),
    {"inner", inner_tag, NULL, "the next tag, or None", NULL},
    END,
};

static PyGetSetDef ipv4[] = {
    NUMBER("source", "32-bit number", 12, 4, 0, 0, 0xFFFFFFFF, write_address),
    NUMBER("destination", "32-bit number", 16, 4, 0, 0, 0xFFFFFFFF, write_address),
    TEXT("source_text", "such as 192.0.2.1", 12, 4, 0, 0, 0, write_address),
    TEXT("destination_text", "such as 192.0.2.1", 16, 4, 0, 0, 0, write_address),
    READ("protocol", "IANA protocol number", 9, 1, 0, 0, 0xFF),
    NUMBER("ttl", "0 to 255", 8, 1, 0, 0, 0xFF, write_ipv4),
    NUMBER("dscp", "0 to 63", 1, 1, 2, 0, 63, write_ipv4),
    NUMBER("ecn", "0 to 3", 1, 1, 0, 0, 3, write_ipv4),
    NUMBER("identification", "0 to 65535", 4, 2, 0, 0, 0xFFFF, write_ipv4),
    READ("total_length", "bytes, header included; 0: segmentation offload", 2, 2, 0, 0, 0xFFFF),
    READ("header_length", "bytes", 0, 1, 0, 2, 15),
    FLAG("dont_fragment", "flag DF", 6, 1, 6, 0, 1),
    FLAG("more_fragments", "flag MF", 6, 1, 5, 0, 1),
    READ("fragment_offset", "in units of 8 bytes", 6, 2, 0, 0, 0x1FFF),
    END,
};

static PyGetSetDef ipv6[] = {
    BYTES("source", "16 bytes", 8, 16, 0, 0, 0, write_address),
    BYTES("destination", "16 bytes", 24, 16, 0, 0, 0, write_address),
    TEXT("source_text", "such as 2001:db8::1", 8, 16, 0, 0, 0, write_address),
    TEXT("destination_text", "such as 2001:db8::1", 24, 16, 0, 0, 0, write_address),
    {"next_header", last_header, NULL, "what stands behind the extension headers", NULL},
    NUMBER("hop_limit", "0 to 255", 7, 1, 0, 0, 0xFF, write_plain),
    NUMBER("dscp", "0 to 63", 0, 2, 6, 0, 63, write_plain),
    NUMBER("ecn", "0 to 3", 0, 2, 4, 0, 3, write_plain),
    NUMBER("flow_label", "20 bits", 0, 4, 0, 0, 0xFFFFF, write_plain),
    READ("payload_length", "bytes behind the fixed header", 4, 2, 0, 0, 0xFFFF),
    END,
};

#define PORTS                                                                        \
    NUMBER("source_port", "0 to 65535", 0, 2, 0, 0, 0xFFFF, write_transport),        \
        NUMBER("destination_port", "0 to 65535", 2, 2, 0, 0, 0xFFFF, write_transport)

static PyGetSetDef tcp[] = {
    PORTS,
    NUMBER("sequence", "32 bits", 4, 4, 0, 0, 0xFFFFFFFF, write_transport),
    NUMBER("acknowledgment", "32 bits", 8, 4, 0, 0, 0xFFFFFFFF, write_transport),
    NUMBER("flags", "8 bits: CWR ECE URG ACK PSH RST SYN FIN", 13, 1, 0, 0, 0xFF, write_transport),
    FLAG("fin", "", 13, 1, 0, 0, 1),
    FLAG("syn", "", 13, 1, 1, 0, 1),
    FLAG("rst", "", 13, 1, 2, 0, 1),
    FLAG("psh", "", 13, 1, 3, 0, 1),
    FLAG("ack", "", 13, 1, 4, 0, 1),
    FLAG("urg", "", 13, 1, 5, 0, 1),
    NUMBER("window", "as on the wire, not scaled", 14, 2, 0, 0, 0xFFFF, write_transport),
    READ("header_length", "bytes", 12, 1, 4, 2, 15),
    END,
};

static PyGetSetDef udp[] = {PORTS, READ("length", "bytes, header included", 4, 2, 0, 0, 0xFFFF), END};

static PyGetSetDef icmp[] = {
    NUMBER("type", "0 to 255", 0, 1, 0, 0, 0xFF, write_transport),
    NUMBER("code", "0 to 255", 1, 1, 0, 0, 0xFF, write_transport),
    END,
};

#define TYPE(symbol, name, fields, doc)                                                                            \
    static PyTypeObject symbol = {                                                                                 \
        PyVarObject_HEAD_INIT(NULL, 0).tp_name = "coven." name, .tp_basicsize = sizeof(View), .tp_flags = Py_TPFLAGS_DEFAULT, \
        .tp_doc = doc, .tp_getset = fields}
TYPE(Ethernet_Type, "Ethernet", ethernet, "The Ethernet header of a packet.");
TYPE(Vlan_Type, "Vlan", vlan, "A VLAN tag (IEEE 802.1Q or 802.1ad).");
TYPE(Ipv4_Type, "Ipv4", ipv4, "The IPv4 header; its checksum follows what is written.");
TYPE(Ipv6_Type, "Ipv6", ipv6, "The IPv6 header.");
TYPE(Tcp_Type, "Tcp", tcp, "The TCP header; its checksum follows what is written.");
TYPE(Udp_Type, "Udp", udp, "The UDP header; its checksum follows what is written.");
TYPE(Icmp_Type, "Icmp", icmp, "The ICMP or ICMPv6 header; its checksum follows what is written.");

PyTypeObject *const view_types[VIEWS] = {&Ethernet_Type, &Vlan_Type, &Vlan_Type, &Ipv4_Type, &Ipv6_Type, &Tcp_Type, &Udp_Type, &Icmp_Type, &Nsh_Type, &Context_Type};
