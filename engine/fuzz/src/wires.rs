//! Views of bytes.
use wire::{flow_hash, Found, Nsh, NshFields, Outer, Tlvs, NSH_LENGTH_MAX, OUTER_LENGTH_MAX};

/// A header that is read is written as it was, but for the U bits, which are sent as 0.
pub fn parser(data: &[u8]) {
    flow_hash(data);
    let Ok(nsh) = Nsh::new(data) else { return };
    assert!(nsh.bytes().len() <= NSH_LENGTH_MAX && nsh.bytes().len() <= data.len());
    let fields = NshFields::parse(&nsh);
    let mut made = vec![0; fields.length()];
    fields.emit(&mut made);
    assert_eq!(NshFields::parse(&Nsh::new(&made).expect("what is emitted is read")), fields);
}

/// Pieces lie in the metadata one behind the other, and the first of a kind is the one that is found.
pub fn tlvs(data: &[u8]) {
    let mut end = 0;
    for tlv in Tlvs::new(data).flatten() {
        assert!(tlv.at >= end + 4 && data[tlv.at..].starts_with(tlv.value));
        end = tlv.at + tlv.value.len();
        assert!(Tlvs::new(data).first(tlv.class, tlv.kind).is_some_and(|first| first.at <= tlv.at));
    }
    assert!(Tlvs::new(data).count() <= data.len() / 4 + 1);
}

/// Outer headers are as long as the packet at most, and turned twice they are as before.
pub fn outer(data: &[u8]) {
    let Found::Nsh(outer) = Outer::find(data) else { return };
    assert!(outer.length() <= data.len().min(OUTER_LENGTH_MAX));
    let mut headers = data.to_vec();
    outer.turn(&mut headers);
    outer.turn(&mut headers);
    assert_eq!(headers, data);
    outer.set_length(&mut headers, data.len());
    outer.checksum(&headers, data.len());
    assert_eq!(headers.len(), data.len());
    assert_eq!(Outer::find(&headers), Found::Nsh(outer), "lengths and checksums say nothing about what it is");
}
