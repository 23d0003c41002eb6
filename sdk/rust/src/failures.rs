//! Panics of the author's code: told without a flood, and kept from the core.
use crate::ffi;
use std::any::Any;
use std::cell::RefCell;
use std::ffi::CStr;
use std::panic::{catch_unwind, set_hook, take_hook, AssertUnwindSafe};
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_secs(1);

/// One line for the person who reads the component's log.
pub fn say(text: &str) {
    // SAFETY: the core hands out a text that lasts.
    let name = unsafe { CStr::from_ptr(ffi::coven_component_name()) };
    eprintln!("{}: {text}", name.to_string_lossy());
}

thread_local! {
    /// When the last panic of this thread was told, and how many were not since.
    static TOLD: RefCell<(Option<Instant>, u64)> = const { RefCell::new((None, 0)) };
}

/// The usual hook, at most once a second on this thread (the counters have all of them); others panic as ever.
pub fn limit_panics() {
    let usual = take_hook();
    let packets = std::thread::current().id();
    set_hook(Box::new(move |info| {
        if std::thread::current().id() != packets || is_due() {
            usual(info);
        }
    }));
}

fn is_due() -> bool {
    TOLD.with_borrow_mut(|(last, silenced)| {
        if last.is_some_and(|at| at.elapsed() < PAUSE) {
            *silenced += 1;
            return false;
        }
        let more = if *silenced > 0 { format!(" ({silenced} more since the last report)") } else { String::new() };
        say(&format!("the function failed, its packets are dropped{more}:"));
        (*last, *silenced) = (Some(Instant::now()), 0);
        true
    })
}

/// Nothing if the author's code panics: it sees its own state as it left it, which is what it would see after any early return.
pub fn caught<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|panic| words_of(&*panic))
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".to_owned())
}
