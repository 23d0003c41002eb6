//! The ring protocol under loom: `RUSTFLAGS="--cfg loom" cargo test -p coven-channel --release models`.
//! A lost wake-up shows as a deadlock; each handshake has a weakened variant that must fail.
use crate::ring::testing::{keep, owners, ring};
use crate::{park, Cells, Consumer, Descriptor, Producer};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

/// A FIFO: bytes that wait.
struct Bell(Mutex<u32>, Condvar);

impl Bell {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(0), Condvar::new()))
    }

    fn ring(&self) {
        *self.0.lock().unwrap() += 1;
        self.1.notify_one();
    }

    fn sleep(&self) {
        let mut bytes = self.0.lock().unwrap();
        while *bytes == 0 {
            bytes = self.1.wait(bytes).unwrap();
        }
        *bytes = 0;
    }
}

fn word() -> &'static crate::sync::AtomicU32 {
    keep(crate::sync::AtomicU32::new(0))
}

fn post_all(cells: Cells, count: u32, park_word: &'static crate::sync::AtomicU32, bell: &Bell) {
    let mut producer = Producer::take_over(cells, 1, 4);
    let owners = owners(1);
    for i in 0..count {
        assert_eq!(producer.post(owners, &[Descriptor::packet(0, 0, 64, i as u16)]), 1);
        if park::wake(park_word) {
            bell.ring();
        }
    }
}

/// One consumer with one park word sleeps until it has `count` packets of each ring, in order.
fn consume(rings: &[Cells], count: u32, looks_again: bool) {
    let (park_word, bell) = (word(), Bell::new());
    let posters: Vec<_> = rings
        .iter()
        .map(|&cells| {
            let bell = bell.clone();
            thread::spawn(move || post_all(cells, count, park_word, &bell))
        })
        .collect();
    let mut ends: Vec<_> = rings.iter().map(|&cells| (Consumer::take_over(cells, false), 0)).collect();
    while ends.iter().any(|(_, seen)| *seen < count) {
        let mut idle = true;
        for (consumer, seen) in &mut ends {
            let mut into = [Descriptor::default(); 4];
            let taken = consumer.take(&mut into).unwrap();
            for d in &into[..taken] {
                assert_eq!(u32::from(d.length()), *seen, "in order, after its slot was written");
                *seen += 1;
            }
            idle &= taken == 0;
        }
        if idle {
            sleep(park_word, &bell, || looks_again && ends.iter().any(|(consumer, _)| consumer.moved()));
        }
    }
    posters.into_iter().for_each(|p| p.join().unwrap());
}

#[test]
fn no_wake_up_is_lost() {
    loom::model(|| consume(&[ring(4, u32::MAX)], 2, true));
}

#[test]
fn no_wake_up_is_lost_with_two_producers() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| consume(&[ring(4, 0), ring(4, 0)], 1, true));
}

/// Both directions parked: a producer that waits for space, on a ring of two, and a consumer that waits for packets.
fn block(looks_again: bool) {
    const COUNT: u32 = 4;
    let cells = ring(2, 0);
    let (producer_park, producer_bell) = (word(), Bell::new());
    let (consumer_park, consumer_bell) = (word(), Bell::new());
    let (their_bell, own_bell) = (producer_bell.clone(), consumer_bell.clone());
    let taker = thread::spawn(move || {
        let mut consumer = Consumer::take_over(cells, true);
        let mut seen = 0;
        while seen < COUNT {
            let taken = consumer.take(&mut [Descriptor::default(); 2]).unwrap() as u32;
            seen += taken;
            if taken == 0 {
                sleep(consumer_park, &own_bell, || consumer.moved());
            } else if consumer.freed() && park::wake(producer_park) {
                their_bell.ring();
            }
        }
    });
    let mut producer = Producer::take_over(cells, 1, 2);
    let mut posted = 0;
    while posted < COUNT {
        if producer.post(owners(1), &[Descriptor::packet(0, 0, 64, 0)]) == 1 {
            posted += 1;
            if park::wake(consumer_park) {
                consumer_bell.ring();
            }
            continue;
        }
        producer.want();
        sleep(producer_park, &producer_bell, || looks_again && producer.moved());
    }
    taker.join().unwrap();
}

/// P1 to P5.
fn sleep(park_word: &crate::sync::AtomicU32, bell: &Bell, news: impl Fn() -> bool) {
    park::announce(park_word);
    if !news() {
        bell.sleep();
    }
    park::retract(park_word);
}

fn bounded(run: fn()) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(run);
}

#[test]
fn no_space_is_missed() {
    bounded(|| block(true));
}

/// loom ends a deadlocked process; so each weakened variant runs in one of its own, and must not end well.
fn must_fail(test: &str, weakened: fn()) {
    const MARK: &str = "COVEN_WEAKENED";
    if std::env::var_os(MARK).is_some() {
        return bounded(weakened);
    }
    let itself = std::env::current_exe().unwrap();
    let run = std::process::Command::new(itself).args(["--exact", test, "--nocapture"]).env(MARK, "1").output().unwrap();
    assert!(!run.status.success() && String::from_utf8_lossy(&run.stderr).contains("deadlock"), "{run:?}");
}

#[test]
fn without_a_second_look_a_wake_up_is_lost() {
    must_fail("models::without_a_second_look_a_wake_up_is_lost", || consume(&[ring(4, 0)], 2, false));
}

#[test]
fn without_a_second_look_space_is_missed() {
    must_fail("models::without_a_second_look_space_is_missed", || block(false));
}
