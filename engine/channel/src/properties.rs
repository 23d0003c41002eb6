//! Ring and ledger against plain models, with a peer that may write anything.
use crate::ring::testing::{owners, ring};
use crate::sync::Ordering::Relaxed;
use crate::{owner_word, BadCursor, Consumer, Descriptor, Ledger, Producer, State};
use proptest::prelude::*;
use std::collections::VecDeque;

fn config() -> ProptestConfig {
    ProptestConfig { cases: if cfg!(miri) { 8 } else { 256 }, failure_persistence: None, ..Default::default() }
}

#[derive(Clone, Debug)]
enum Step {
    Post(usize),
    Take(usize),
    TakeOver,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(
        prop_oneof![(0..40usize).prop_map(Step::Post), (0..40usize).prop_map(Step::Take), Just(Step::TakeOver)],
        1..60,
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_ring_is_a_bounded_queue(steps in steps(), start: u32, limit in 1..24u32, block: bool) {
        let cells = ring(32, start);
        let owners = owners(1 << 12);
        let (mut producer, mut consumer) = (Producer::take_over(cells, 9, limit), Consumer::take_over(cells, block));
        let (mut queue, mut next) = (VecDeque::new(), 0u32);
        for step in steps {
            match step {
                Step::Post(count) => {
                    let burst: Vec<_> = (0..count as u32).map(|i| Descriptor::packet((next + i) % (1 << 12), 5, 64, 1)).collect();
                    let before = cells.head.load(Relaxed);
                    let posted = producer.post(owners, &burst);
                    prop_assert_eq!(posted, count.min(limit as usize - queue.len()));
                    for (i, d) in burst[..posted].iter().enumerate() {
                        prop_assert_eq!(owners[d.frame() as usize].load(Relaxed), owner_word(9, 5, before.wrapping_add(i as u32)));
                    }
                    queue.extend(&burst[..posted]);
                    next += posted as u32;
                }
                Step::Take(count) => {
                    let mut into = vec![Descriptor::default(); count];
                    let taken = consumer.take(&mut into).unwrap();
                    prop_assert_eq!(taken, count.min(queue.len()));
                    prop_assert_eq!(&into[..taken], queue.drain(..taken).collect::<Vec<_>>());
                }
                Step::TakeOver => {
                    producer = Producer::take_over(cells, 9, limit);
                    consumer = Consumer::take_over(cells, block);
                }
            }
            prop_assert_eq!(cells.fill() as usize, queue.len());
            prop_assert!(cells.waiting().eq(queue.iter().copied()));
        }
    }

    #[test]
    fn a_hostile_peer_gets_a_refusal_and_nothing_else(writes in prop::collection::vec((any::<u32>(), any::<u32>(), any::<u64>()), 1..40)) {
        let cells = ring(16, 0);
        let (mut producer, mut consumer) = (Producer::take_over(cells, 1, 8), Consumer::take_over(cells, true));
        for (head, tail, slot) in writes {
            cells.slots[head as usize % 16].store(slot, Relaxed);
            cells.head.store(head, Relaxed);
            match consumer.take(&mut [Descriptor::default(); 8]) {
                Ok(taken) => prop_assert!(taken <= 8),
                Err(BadCursor) => prop_assert!(head.wrapping_sub(consumer.cells().tail.load(Relaxed)) > 16),
            }
            cells.tail.store(tail, Relaxed);
            prop_assert!(producer.post(&[], &[Descriptor(slot); 12]) <= 8);
            let _ = (consumer.freed(), consumer.moved(), producer.moved(), cells.waiting().count());
            let mended = Producer::take_over(cells, 1, 8);
            prop_assert!(mended.cells().fill() <= 16);
        }
    }

    #[test]
    fn the_ledger_admits_each_grant_once(claims in prop::collection::vec((0..6u32, any::<u8>(), any::<bool>()), 1..200)) {
        let mut ledger = Ledger::new(4);
        let mut out: Vec<(u32, u8)> = Vec::new();
        for (frame, generation, grant) in claims {
            if grant {
                if let Some(frame) = ledger.grant(State::Out) {
                    out.push((frame, ledger.entry(frame).generation));
                }
            }
            let known = out.iter().position(|&granted| granted == (frame, generation));
            prop_assert_eq!(ledger.admit(Descriptor::packet(frame, generation, 64, 1)).is_some(), known.is_some());
            if let Some(i) = known.or((!grant && !out.is_empty()).then_some(0)) {
                let (frame, generation) = out.swap_remove(i);
                ledger.free(frame);
                ledger.free(frame);
                prop_assert!(ledger.admit(Descriptor::packet(frame, generation, 64, 1)).is_none());
            }
            prop_assert_eq!(ledger.count(State::Out) as usize, out.len());
            prop_assert_eq!(ledger.count(State::Home) as usize, 4 - out.len());
        }
    }
}

#[test]
fn counting_by_burst_comes_to_the_same_as_frame_by_frame() {
    let (mut one, mut burst) = (Ledger::new(8), Ledger::new(8));
    let counts =
        |ledger: &Ledger| [State::Home, State::Out, State::Kernel, State::Lent, State::Stock].map(|state| ledger.count(state));
    for round in 0..40u16 {
        let (mut stocked, few) = (Vec::new(), 5);
        burst.stock(3, few, &mut stocked);
        let frames: Vec<_> = stocked.iter().map(|&b| (one.grant(State::Stock).unwrap(), b)).collect();
        assert_eq!(frames.len(), few);
        for &(a, b) in &frames {
            one.shift(a, State::Out);
            assert_eq!(burst.receive_in_burst(b, round), Some(one.entry(a).generation));
            assert_eq!(burst.receive_in_burst(b, round), None, "it is received into once");
        }
        burst.count_burst(State::Stock, State::Out, 5);
        assert_eq!(counts(&one), counts(&burst));
        for &(a, b) in &frames {
            one.shift(a, State::Kernel);
            burst.transmit_in_burst(b, 3, 60);
            assert!(burst.admit(Descriptor::packet(b, burst.entry(b).generation, 64, 1)).is_none(), "nobody can post it again");
            one.free(a);
        }
        burst.count_burst(State::Out, State::Kernel, 5);
        assert_eq!(burst.complete(2, &stocked), (0, 0), "another port does not have them");
        assert_eq!((burst.complete(3, &stocked), burst.complete(3, &stocked)), ((5, 300), (0, 0)), "they come home once");
        assert_eq!(counts(&one), counts(&burst));
    }
}

#[test]
fn no_more_is_stocked_than_there_is_and_what_came_home_last_goes_first() {
    let (mut ledger, mut stocked) = (Ledger::new(4), Vec::new());
    ledger.stock(0, 2, &mut stocked);
    let last = stocked[1];
    ledger.free(last);
    ledger.stock(0, 1, &mut stocked);
    assert_eq!(stocked[2], last);
    ledger.stock(0, 9, &mut stocked);
    assert_eq!((stocked.len(), ledger.count(State::Stock), ledger.count(State::Home)), (5, 4, 0));
    assert_eq!(ledger.entry(last).generation, 2, "each grant is another generation");
}

#[test]
fn space_for_a_parked_producer_is_told_once_and_at_half() {
    let cells = ring(8, 0);
    let (mut producer, mut consumer) = (Producer::take_over(cells, 1, 8), Consumer::take_over(cells, true));
    assert_eq!(producer.post(&[], &[Descriptor::default(); 8]), 8);
    producer.want();
    let mut tell = |count: usize| {
        consumer.take(&mut vec![Descriptor::default(); count]).unwrap();
        consumer.freed()
    };
    assert_eq!((tell(3), tell(1), tell(1)), (false, true, false));
}
