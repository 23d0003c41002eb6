//! Headers, flows, context and NSH by spec/vectors/sdk, in the harness.
mod vectors;
use coven::testing::Harness;
use coven::{context_field, context_fields, ForwardingContext, Headers, Packet, Tlv, Verdict};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::panic::{catch_unwind, AssertUnwindSafe};
use vectors::{vectors, Json};

fn same(vector: &Json, view: &Json, got: &[(&str, u64)]) {
    for (name, got) in got {
        assert_eq!(view.get(name).number(), *got, "{}: {name}", vector.get("name").text());
    }
}

fn mac(text: &str) -> [u8; 6] {
    let mut bytes = text.split(':').map(|part| u8::from_str_radix(part, 16).expect("hex"));
    std::array::from_fn(|_| bytes.next().expect("six"))
}

fn v6(json: &Json) -> Ipv6Addr {
    <[u8; 16]>::try_from(json.bytes()).expect("16 bytes").into()
}

fn check_fields(vector: &Json, h: &Headers<&[u8]>) {
    let (fields, name) = (vector.get("fields"), vector.get("name").text());
    let vlan = fields.get("vlan");
    let there = [
        ("ethernet", h.ethernet().is_some()),
        ("vlan", h.vlan().is_some()),
        ("ipv4", h.ipv4().is_some()),
        ("ipv6", h.ipv6().is_some()),
        ("tcp", h.tcp().is_some()),
        ("udp", h.udp().is_some()),
        ("icmp", h.icmp().is_some()),
        ("payload", h.payload().is_some()),
    ];
    for (view, there) in there {
        assert_eq!(!fields.get(view).is_null(), there, "{name}: {view}");
    }
    assert_eq!(!vlan.get("inner").is_null(), h.vlan_inner().is_some(), "{name}: inner");
    if let Some(v) = h.ethernet() {
        let view = fields.get("ethernet");
        same(vector, view, &[("type", v.ether_type().into())]);
        assert_eq!(
            (mac(view.get("destination").text()), mac(view.get("source").text())),
            (v.destination(), v.source()),
            "{name}"
        );
    }
    for (v, view) in [(h.vlan(), vlan), (h.vlan_inner(), vlan.get("inner"))] {
        if let Some(v) = v {
            same(vector, view, &[("id", v.id().into()), ("priority", v.priority().into())]);
        }
    }
    check_ip(vector, h);
    check_transport(vector, h);
}

fn check_ip(vector: &Json, h: &Headers<&[u8]>) {
    if let Some(v) = h.ipv4() {
        let view = vector.get("fields").get("ipv4");
        let numbers = [
            ("source", u32::from(v.source()).into()),
            ("destination", u32::from(v.destination()).into()),
            ("protocol", v.protocol().into()),
            ("ttl", v.ttl().into()),
            ("dscp", v.dscp().into()),
            ("ecn", v.ecn().into()),
            ("identification", v.identification().into()),
            ("total_length", v.total_length().into()),
            ("header_length", v.header_length().into()),
            ("dont_fragment", v.dont_fragment().into()),
            ("more_fragments", v.more_fragments().into()),
            ("fragment_offset", v.fragment_offset().into()),
        ];
        same(vector, view, &numbers);
        assert_eq!(view.get("source_text").text(), v.source().to_string());
    }
    if let Some(v) = h.ipv6() {
        let view = vector.get("fields").get("ipv6");
        let numbers = [
            ("next_header", v.next_header().into()),
            ("hop_limit", v.hop_limit().into()),
            ("dscp", v.dscp().into()),
            ("ecn", v.ecn().into()),
            ("flow_label", v.flow_label().into()),
            ("payload_length", v.payload_length().into()),
        ];
        same(vector, view, &numbers);
        assert_eq!((v6(view.get("source")), v6(view.get("destination"))), (v.source(), v.destination()));
        assert_eq!(view.get("destination_text").text(), v.destination().to_string());
    }
}

fn check_transport(vector: &Json, h: &Headers<&[u8]>) {
    let fields = vector.get("fields");
    if let Some(v) = h.tcp() {
        let numbers = [
            ("source_port", v.source_port().into()),
            ("destination_port", v.destination_port().into()),
            ("sequence", v.sequence().into()),
            ("acknowledgment", v.acknowledgment().into()),
            ("flags", v.flags().into()),
            ("window", v.window().into()),
            ("header_length", v.header_length().into()),
        ];
        same(vector, fields.get("tcp"), &numbers);
        let named = [v.fin(), v.syn(), v.rst(), v.psh(), v.ack(), v.urg()];
        assert!(named.iter().enumerate().all(|(bit, &set)| set == (v.flags() >> bit & 1 == 1)));
    }
    if let Some(v) = h.udp() {
        let ports = [("source_port", v.source_port()), ("destination_port", v.destination_port()), ("length", v.length())];
        same(vector, fields.get("udp"), &ports.map(|(name, number)| (name, number.into())));
    }
    if let Some(v) = h.icmp() {
        same(vector, fields.get("icmp"), &[("type", v.kind().into()), ("code", v.code().into())]);
    }
    if let Some(payload) = h.payload() {
        assert_eq!(fields.get("payload").bytes(), payload, "{}", vector.get("name").text());
    }
}

fn check_flow(vector: &Json, packet: &Packet) {
    let wanted = vector.get("flow");
    assert_eq!(!wanted.is_null(), packet.flow().is_some(), "{}", vector.get("name").text());
    if let Some(flow) = packet.flow() {
        assert_eq!(
            (wanted.get("text").text(), wanted.get("reversed").text()),
            (&*flow.to_string(), &*flow.reversed().to_string())
        );
        assert_eq!((wanted.get("source").text(), flow.reversed().reversed()), (&*flow.source().to_string(), flow));
        assert_eq!(wanted.get("protocol").number(), flow.protocol().into());
    }
}

/// Run `check` in a component's function; what it panics with fails the test.
fn within(harness: &mut Harness, bytes: &[u8], mut check: impl FnMut(&mut Packet)) -> Vec<u8> {
    let outcome = harness.packet(
        &mut |packet| {
            check(packet);
            Verdict::Forward
        },
        bytes,
    );
    assert_eq!(outcome.error, None);
    outcome.bytes
}

#[test]
fn headers_and_flows() {
    let mut harness = Harness::new("out", None);
    for vector in vectors("headers.json") {
        within(&mut harness, &vector.get("packet").bytes(), |packet| {
            check_fields(&vector, &packet.headers());
            check_flow(&vector, packet);
        });
    }
}

fn set(packet: &mut Packet, field: &str, value: &Json) {
    let mut h = packet.headers_mut();
    let n = || value.number();
    macro_rules! set {
        ($($name:literal $view:ident $set:ident $value:expr;)*) => { match field {
            $($name => h.$view().expect($name).$set($value),)*
            _ => panic!("{field}"),
        } };
    }
    set! {
        "ethernet.destination" ethernet_mut set_destination mac(value.text());
        "ethernet.source" ethernet_mut set_source mac(value.text());
        "vlan.id" vlan_mut set_id n() as u16;
        "vlan.priority" vlan_mut set_priority n() as u8;
        "vlan.inner.id" vlan_inner_mut set_id n() as u16;
        "vlan.inner.priority" vlan_inner_mut set_priority n() as u8;
        "ipv4.source" ipv4_mut set_source Ipv4Addr::from(n() as u32);
        "ipv4.destination" ipv4_mut set_destination Ipv4Addr::from(n() as u32);
        "ipv4.ttl" ipv4_mut set_ttl n() as u8;
        "ipv4.dscp" ipv4_mut set_dscp n() as u8;
        "ipv4.ecn" ipv4_mut set_ecn n() as u8;
        "ipv4.identification" ipv4_mut set_identification n() as u16;
        "ipv6.source" ipv6_mut set_source v6(value);
        "ipv6.destination" ipv6_mut set_destination v6(value);
        "ipv6.hop_limit" ipv6_mut set_hop_limit n() as u8;
        "ipv6.dscp" ipv6_mut set_dscp n() as u8;
        "ipv6.ecn" ipv6_mut set_ecn n() as u8;
        "ipv6.flow_label" ipv6_mut set_flow_label n() as u32;
        "tcp.source_port" tcp_mut set_source_port n() as u16;
        "tcp.destination_port" tcp_mut set_destination_port n() as u16;
        "tcp.sequence" tcp_mut set_sequence n() as u32;
        "tcp.acknowledgment" tcp_mut set_acknowledgment n() as u32;
        "tcp.flags" tcp_mut set_flags n() as u8;
        "tcp.window" tcp_mut set_window n() as u16;
        "udp.source_port" udp_mut set_source_port n() as u16;
        "udp.destination_port" udp_mut set_destination_port n() as u16;
        "icmp.type" icmp_mut set_kind n() as u8;
        "icmp.code" icmp_mut set_code n() as u8;
    }
}

#[test]
fn writes_with_checksums() {
    let mut harness = Harness::new("out", None);
    for vector in vectors("writes.json") {
        let name = vector.get("name").text();
        let partial = vector.get("partial");
        let output = within(&mut harness, &vector.get("packet").bytes(), |packet| {
            if !partial.is_null() {
                packet.leave_checksum(partial.get("start").number() as u16, partial.get("offset").number() as u16);
            }
            for step in vector.get("steps").list() {
                if let Json::Text(field) = step.get("set") {
                    set(packet, field, step.get("value"));
                } else if let Json::Text(_) = step.get("put") {
                    let (at, bytes) = (step.get("at").number() as usize, step.get("put").bytes());
                    packet.data_mut()[at..at + bytes.len()].copy_from_slice(&bytes);
                } else {
                    assert_eq!(packet.update_checksums(), step.get("update_checksums").number() == 1, "{name}");
                }
            }
        });
        assert_eq!(output, vector.get("output").bytes(), "{name}");
    }
}

#[test]
fn a_value_that_does_not_fit() {
    let mut harness = Harness::new("out", None);
    let bytes = vectors("headers.json").iter().find(|one| one.get("name").text() == "vlan").expect("vlan").get("packet").bytes();
    let outcome =
        harness.packet(&mut |packet| (packet.headers_mut().vlan_mut().expect("a tag").set_id(4096), Verdict::Drop).1, &bytes);
    assert_eq!(outcome.error.as_deref(), Some("vlan id 4096 does not fit 12 bits"));
    let outcome = harness.packet(&mut |packet| (packet.put_u16(packet.len() - 1, 1), Verdict::Drop).1, &[0; 60]);
    assert_eq!(outcome.error.as_deref(), Some("offset 59 is outside of the packet of 60 bytes"));
}

fn put_field(packet: &mut Packet, name: &str, value: &Json) -> bool {
    let field = context_field(name);
    catch_unwind(AssertUnwindSafe(|| match value.text().strip_prefix("0x") {
        Some(hex) => packet.set(field, u64::from_str_radix(hex, 16).expect("hex")),
        None => packet.set_bytes(field, &value.bytes()),
    }))
    .is_ok()
}

fn field_is(packet: &Packet, name: &str, value: &Json) -> bool {
    let field = context_field(name);
    let mut bytes = [0; 16];
    packet.get_bytes(field, &mut bytes);
    match value.text().strip_prefix("0x") {
        Some(hex) => packet.get(field) == u64::from_str_radix(hex, 16).expect("hex"),
        None => bytes[..field.size()] == value.bytes(),
    }
}

#[test]
fn context_layouts() {
    for vector in vectors("context.json") {
        let (name, layout) = (vector.get("name").text(), vector.get("layout").text());
        if !vector.get("error").is_null() {
            assert!(catch_unwind(|| drop(Harness::new("out", Some(layout)))).is_err(), "{name}");
            continue;
        }
        let mut harness = Harness::new("out", Some(layout));
        let before = match vector.get("context") {
            Json::Null => vec![0; 16],
            context => context.bytes(),
        };
        let mut check = |packet: &mut Packet| {
            for (field, place) in context_fields() {
                if !vector.get("fields").is_null() {
                    let wanted = vector.get("fields").get(&field);
                    assert_eq!(
                        place.place(),
                        (wanted.get("first").number() as u8, wanted.get("bits").number() as u8),
                        "{name}: {field}"
                    );
                    assert!(field_is(packet, &field, vector.get("read").get(&field)), "{name}: {field}");
                }
            }
            for pair in vector.get("misfit").list() {
                assert!(!put_field(packet, pair.list()[0].text(), &pair.list()[1]), "{name}");
            }
            for pair in vector.get("set").list() {
                assert!(put_field(packet, pair.list()[0].text(), &pair.list()[1]), "{name}");
                assert!(field_is(packet, pair.list()[0].text(), &pair.list()[1]), "{name}");
            }
            Verdict::Forward
        };
        let outcome = harness.packet_at(&mut check, &[0; 60], &before.try_into().expect("16 bytes"), 0);
        assert_eq!(outcome.error, None);
        if !vector.get("after").is_null() {
            assert_eq!(outcome.context.to_vec(), vector.get("after").bytes(), "{name}");
        }
        assert!(catch_unwind(|| context_field("nowhere")).is_err());
    }
}

#[test]
fn nsh_metadata() {
    let mut harness = Harness::new("out", None);
    for vector in vectors("nsh.json") {
        let name = vector.get("name").text();
        if !vector.get("typed").is_null() {
            check_typed(&vector);
            continue;
        }
        let headroom = vector.get("headroom");
        let output = within(&mut harness, &vector.get("frame").bytes(), |packet| {
            if !headroom.is_null() {
                return; // the harness has room: the vectors of C hold this
            }
            let fields = vector.get("fields");
            let mut nsh = packet.nsh().expect(name);
            let read = [
                ("spi", nsh.spi().into()),
                ("si", nsh.si().into()),
                ("ttl", nsh.ttl().into()),
                ("oam", nsh.oam().into()),
                ("md_type", nsh.md_type().into()),
                ("next_protocol", nsh.next_protocol().into()),
                ("length", nsh.bytes().len() as u64),
            ];
            same(&vector, fields, &read);
            let pieces: Vec<_> = nsh.metadata().map(|tlv| (tlv.class, tlv.kind, tlv.value.to_vec(), tlv.unassigned)).collect();
            let wanted = vector.get("metadata").list().iter().map(Json::list);
            let wanted: Vec<_> =
                wanted.map(|one| (one[0].number() as u16, one[1].number() as u8, one[2].bytes(), one[3].number() == 1)).collect();
            assert_eq!(pieces, wanted, "{name}");
            for step in vector.get("steps").list() {
                let (class, kind) = (step.get("class").number() as u16, step.get("type").number() as u8);
                let done = match step.get("op").text() {
                    "set" => nsh.set(class, kind, &step.get("value").bytes()),
                    _ => nsh.remove(class, kind),
                };
                assert_eq!(done, step.get("ok").number() == 1, "{name}");
            }
        });
        if headroom.is_null() {
            assert_eq!(output, vector.get("output").bytes(), "{name}");
        }
    }
}

fn check_typed(vector: &Json) {
    let (value, fields) = (vector.get("value").bytes(), vector.get("fields"));
    let tlv = Tlv { class: 0, kind: 0, unassigned: false, value: &value };
    let number = |name: &str| fields.get(name).number() as u32;
    match vector.get("typed").text() {
        "groups" => assert_eq!(tlv.groups(), Some((number("source"), number("destination")))),
        "flow_id" => assert_eq!(tlv.flow_id(), Some((number("context_type") as u8, number("label")))),
        _ => {
            let wanted = match number("context_type") {
                0 => ForwardingContext::Vlan(number("vlan") as u16),
                1 => ForwardingContext::TwoTags(number("service_vlan") as u16, number("customer_vlan") as u16),
                2 => ForwardingContext::Mpls(number("mpls_label")),
                3 => ForwardingContext::Vni(number("vni")),
                _ => ForwardingContext::Session(number("session")),
            };
            assert_eq!((tlv.forwarding_context(), wanted.to_bytes()), (Some(wanted), vector.get("written").bytes()));
        }
    }
    assert_eq!(Tlv { value: &value[..3], ..tlv }.forwarding_context(), None);
}
