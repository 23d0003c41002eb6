//! The extended agent: what this component shows, and what operators may set and call (spec/ea.md).
use crate::item::{publish, Item};
use crate::json;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A number that only rises.
#[derive(Clone)]
pub struct Counter(Rc<Cell<u64>>);

impl Counter {
    /// Raise it.
    pub fn add(&self, amount: u64) {
        self.0.set(self.0.get().wrapping_add(amount));
    }

    /// What it has come to.
    pub fn value(&self) -> u64 {
        self.0.get()
    }
}

impl Item for Counter {
    fn get(&self) -> String {
        self.value().to_string()
    }
}

/// A number that rises and falls.
#[derive(Clone)]
pub struct Gauge(Rc<Cell<f64>>);

impl Gauge {
    /// Set it to a finite value.
    pub fn set(&self, value: f64) {
        self.0.set(value);
    }

    /// The value that was set last.
    pub fn value(&self) -> f64 {
        self.0.get()
    }
}

impl Item for Gauge {
    fn get(&self) -> String {
        self.value().to_json()
    }
}

/// What a setting may be: `i64`, `f64`, `bool` or `String`.
pub trait Value: Clone + 'static {
    /// Its name in spec/ea.md.
    const TYPE: &'static str;
    /// As JSON.
    fn to_json(&self) -> String;
    /// From JSON, if it is of this type.
    fn from_json(json: &str) -> Option<Self>;
}

impl Value for i64 {
    const TYPE: &'static str = "integer";
    fn to_json(&self) -> String {
        self.to_string()
    }
    fn from_json(json: &str) -> Option<i64> {
        json::integer(json)
    }
}

impl Value for f64 {
    const TYPE: &'static str = "number";
    fn to_json(&self) -> String {
        if self.is_finite() {
            self.to_string()
        } else {
            "null".into()
        }
    }
    fn from_json(json: &str) -> Option<f64> {
        json::number(json)
    }
}

impl Value for bool {
    const TYPE: &'static str = "boolean";
    fn to_json(&self) -> String {
        self.to_string()
    }
    fn from_json(json: &str) -> Option<bool> {
        json.parse().ok()
    }
}

impl Value for String {
    const TYPE: &'static str = "string";
    fn to_json(&self) -> String {
        json::of_text(self)
    }
    fn from_json(json: &str) -> Option<String> {
        json::text(json)
    }
}

/// What operators may set.
#[derive(Clone)]
pub struct Setting<T>(Rc<RefCell<T>>);

impl<T: Value> Setting<T> {
    /// The value in force.
    pub fn value(&self) -> T {
        self.0.borrow().clone()
    }
}

struct Checked<T, A> {
    setting: Setting<T>,
    accept: A,
}

impl<T: Value, A: Fn(&T) -> bool> Item for Checked<T, A> {
    fn get(&self) -> String {
        self.setting.0.borrow().to_json()
    }

    fn set(&self, json: &str) -> Result<(), String> {
        let value = T::from_json(json).ok_or_else(|| format!("not a JSON value of type {}", T::TYPE))?;
        if !(self.accept)(&value) {
            return Err("the component refuses this value".into());
        }
        *self.setting.0.borrow_mut() = value;
        Ok(())
    }
}

struct Command<F>(RefCell<F>);

impl<F: FnMut(&str) -> Result<String, String>> Item for Command<F> {
    fn get(&self) -> String {
        "null".into()
    }

    fn call(&self, argument: &str) -> Result<String, String> {
        (self.0.borrow_mut())(argument).map(|text| json::of_text(&text))
    }
}

/// A counter that is shown from now on. Names are unique, and match `[a-z][a-z0-9_-]{0,62}`.
pub fn counter(name: &str, unit: &str, help: &str) -> Counter {
    let counter = Counter(Rc::default());
    publish(name, "counter", "integer", unit, help, Box::new(counter.clone()));
    counter
}

/// A gauge.
pub fn gauge(name: &str, unit: &str, help: &str) -> Gauge {
    let gauge = Gauge(Rc::default());
    publish(name, "gauge", "number", unit, help, Box::new(gauge.clone()));
    gauge
}

/// How often values fell where: bucket i counts those up to bound i and above the one before; what lies over the last is in `count` alone.
#[derive(Clone)]
pub struct Histogram(Rc<Buckets>);

struct Buckets {
    bounds: Vec<u64>,
    counts: Vec<Cell<u64>>,
    count: Cell<u64>,
    sum: Cell<u64>,
}

impl Histogram {
    /// Count a value.
    pub fn record(&self, value: u64) {
        let all = &self.0;
        all.count.set(all.count.get() + 1);
        all.sum.set(all.sum.get().wrapping_add(value));
        if let Some(bucket) = all.counts.get(all.bounds.partition_point(|&bound| bound < value)) {
            bucket.set(bucket.get() + 1);
        }
    }
}

impl Item for Histogram {
    fn get(&self) -> String {
        let all = &self.0;
        let buckets: Vec<_> =
            all.bounds.iter().zip(&all.counts).map(|(bound, count)| format!("[{bound},{}]", count.get())).collect();
        format!("{{\"count\":{},\"sum\":{},\"buckets\":[{}]}}", all.count.get(), all.sum.get(), buckets.join(","))
    }
}

/// A histogram with upper bounds that rise, at most 64; none: powers of two, 1 to 2^31. Panics for others.
pub fn histogram(name: &str, bounds: &[u64], unit: &str, help: &str) -> Histogram {
    let rising = bounds.windows(2).all(|pair| pair[0] < pair[1]);
    assert!(rising && bounds.len() <= 64, "histogram {name}: at most 64 bounds, each above the one before");
    let bounds = if bounds.is_empty() { (0..32).map(|power| 1 << power).collect() } else { bounds.to_vec() };
    let counts = vec![Cell::new(0); bounds.len()];
    let histogram = Histogram(Rc::new(Buckets { bounds, counts, count: Cell::new(0), sum: Cell::new(0) }));
    publish(name, "histogram", "integer", unit, help, Box::new(histogram.clone()));
    histogram
}

/// A setting that takes every value of its type.
pub fn setting<T: Value>(name: &str, initial: T, unit: &str, help: &str) -> Setting<T> {
    setting_checked(name, initial, unit, help, |_| true)
}

/// A setting; `accept` is asked before a new value counts.
pub fn setting_checked<T: Value>(
    name: &str,
    initial: T,
    unit: &str,
    help: &str,
    accept: impl Fn(&T) -> bool + 'static,
) -> Setting<T> {
    let setting = Setting(Rc::new(RefCell::new(initial)));
    publish(name, "setting", T::TYPE, unit, help, Box::new(Checked { setting: setting.clone(), accept }));
    setting
}

/// A command: `act` answers with a text at once, or with the reason why not.
pub fn command(name: &str, help: &str, act: impl FnMut(&str) -> Result<String, String> + 'static) {
    publish(name, "command", "command", "", help, Box::new(Command(RefCell::new(act))));
}
