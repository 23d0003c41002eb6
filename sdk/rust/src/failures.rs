//! Panics of the author's code: told without a flood, and kept from the core.
use crate::ffi::{self, Raw};
use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString};
use std::panic::{catch_unwind, set_hook, take_hook, AssertUnwindSafe};

/// One line for the person who reads the component's log.
pub fn say(text: &str) {
    // SAFETY: the core hands out a text that lasts.
    let name = unsafe { CStr::from_ptr(ffi::coven_component_name()) };
    eprintln!("{}: {text}", name.to_string_lossy());
}

/// What a panic said, where it was, and the stack of the first one (later ones': with RUST_BACKTRACE).
struct Panic {
    words: String,
    stack: Backtrace,
}

thread_local! {
    static LAST: RefCell<Option<Panic>> = const { RefCell::new(None) };
    static SEEN: Cell<bool> = const { Cell::new(false) };
}

/// Panics of this thread are kept for `report`; others are told as ever.
pub fn keep_panics() {
    let usual = take_hook();
    let packets = std::thread::current().id();
    set_hook(Box::new(move |info| {
        if std::thread::current().id() != packets {
            return usual(info);
        }
        let place = info.location().map(|at| format!(", {}:{}", at.file(), at.line())).unwrap_or_default();
        let stack = if SEEN.replace(true) { Backtrace::capture() } else { Backtrace::force_capture() };
        LAST.set(Some(Panic { words: format!("the function panicked: {}{place}", words_of(info.payload())), stack }));
    }));
}

/// The packet that the author's code panicked on is kept in COVEN_FAILURES, and told of once a second.
pub fn report(packet: &Raw, words: String) {
    let panic = LAST.take();
    let text = panic.as_ref().map_or(words, |panic| panic.words.clone());
    let text = CString::new(text.replace('\0', " ")).expect("no NUL");
    // SAFETY: a packet that the core made and that was not handed on.
    let told = unsafe { ffi::coven_report_failure(packet, text.as_ptr()) };
    if let Some(panic) = panic.filter(|panic| told && panic.stack.status() == BacktraceStatus::Captured) {
        eprintln!("{}", of_author(&panic.stack.to_string()));
    }
}

/// A stack without what stands around the author's code: the panic's own frames before it, the start of the process behind it.
fn of_author(stack: &str) -> String {
    let lines: Vec<&str> = stack.lines().collect();
    let end = lines.iter().position(|line| line.contains("__rust_begin_short_backtrace")).unwrap_or(lines.len());
    let begin = lines[..end].iter().rposition(|line| line.contains(": core::panicking::")).map_or(0, |at| at + 1);
    lines[begin..end].iter().skip_while(|line| line.trim_start().starts_with("at ")).copied().collect::<Vec<_>>().join("\n")
}

#[test]
fn a_stack_is_that_of_the_author() {
    let stack = "0: std::panicking::handler\n1: core::panicking::panic_fmt\n   at /rustc/x.rs:1\n2: filter::decide\n   at ./main.rs:5:9\n3: std::sys::backtrace::__rust_begin_short_backtrace\n4: main";
    assert_eq!(of_author(stack), "2: filter::decide\n   at ./main.rs:5:9");
    assert_eq!(of_author("0: stripped"), "0: stripped");
}

/// Nothing if the author's code panics: it sees its own state as it left it, which is what it would see after any early return.
pub fn caught<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|panic| words_of(&*panic))
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".to_owned())
}
