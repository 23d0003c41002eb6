//! Rules and packets of any content: a flow that is remembered gets what it would get if it were not.
use crate::bytes::Bytes;
use nshp::{ClassRule, Classifier, Made, Range, CLASS_RULES_MAX};

fn rule(bytes: &mut Bytes, number: usize) -> ClassRule {
    let asked = bytes.byte();
    let mut within = |bit: u8| {
        (asked & 1 << bit != 0).then(|| {
            let (a, b) = (u32::from(bytes.word()), u32::from(bytes.word()));
            (a.min(b), a.max(b))
        })
    };
    let (source, destination) = (within(0), within(1));
    let address = |range: (u32, u32)| match asked & 0x80 {
        0 => Range::Ipv4(range.0 << 16, range.1 << 16 | 0xffff),
        _ => Range::Ipv6(u128::from(range.0) << 112, u128::from(range.1) << 112 | u128::MAX >> 16),
    };
    ClassRule {
        source: source.map(address),
        destination: destination.map(address),
        protocol: within(2),
        source_port: within(3),
        destination_port: within(4),
        vlan: within(5),
        dscp: None,
        payload: if asked & 0x40 != 0 { bytes.piece().to_vec() } else { Vec::new() },
        made: Made::new(number as u16, 0, [0; 16], None),
    }
}

pub fn classifier(data: &[u8]) {
    let mut bytes = Bytes(data);
    let count = usize::from(bytes.byte());
    let rules: Vec<_> = (0..count.min(CLASS_RULES_MAX)).map(|number| rule(&mut bytes, number)).collect();
    let mut remembers = Classifier::new(&rules);
    let fresh = remembers.clone();
    while !bytes.is_empty() {
        let packet = bytes.piece();
        let of = |classifier: &mut Classifier| classifier.classify(packet).map(Made::path);
        let first = of(&mut remembers);
        assert_eq!((of(&mut remembers), of(&mut fresh.clone())), (first, first));
        assert!(first.is_none_or(|path| usize::from(path) < count));
    }
}
