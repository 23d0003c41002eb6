//! Items in the core's registry, whose values live here.
use crate::failures::caught;
use crate::ffi::{self, Foreign};
use crate::run::one_thread;
use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void, CStr, CString};

/// What the core asks of an item, between bursts. Values are JSON.
pub trait Item {
    fn get(&self) -> String;
    fn set(&self, _json: &str) -> Result<(), String> {
        Err("it can't be set".into())
    }
    fn call(&self, _argument: &str) -> Result<String, String> {
        Err("it can't be called".into())
    }
}

/// Items last as long as the process: their memory is never given back.
pub fn publish(name: &str, kind: &str, type_: &str, unit: &str, help: &str, item: Box<dyn Item>) {
    one_thread();
    let text = |text: &str| CString::new(text.replace('\0', " ")).expect("no NUL").into_raw().cast_const();
    let foreign = Foreign {
        name: text(name),
        kind: text(kind),
        type_: text(type_),
        unit: text(unit),
        help: text(help),
        get: Some(get),
        set: Some(set),
        call: Some(call),
        state: Box::into_raw(Box::new(item)).cast(),
        next: std::ptr::null_mut(),
    };
    let foreign = Box::into_raw(Box::new(foreign));
    PUBLISHED.with_borrow_mut(|all| all.push(foreign));
    // SAFETY: everything that it points to lasts; the core refuses bad names itself.
    unsafe { ffi::coven_publish_foreign(foreign) }
}

thread_local! {
    static PUBLISHED: RefCell<Vec<*mut Foreign>> = const { RefCell::new(Vec::new()) };
}

/// Show no longer what this thread has published; for tests that follow one another.
pub fn withdraw_all() {
    for foreign in PUBLISHED.take() {
        // SAFETY: the core knows it, or never took it; its memory stays.
        unsafe { ffi::coven_withdraw_foreign(foreign) }
    }
}

/// `act` on the item behind `state`; what it gives, or why not, goes to the core. A panic is a reason as well.
///
/// # Safety
/// `state` is that of `publish`; `reply` has `size` bytes, 1 at least.
unsafe fn answer(
    state: *mut c_void,
    reply: *mut c_char,
    size: usize,
    act: impl FnOnce(&dyn Item) -> Result<String, String>,
) -> c_int {
    // SAFETY: `publish` made it, and nobody frees it.
    let item = unsafe { &*state.cast::<Box<dyn Item>>() };
    let (status, text) = match caught(|| act(&**item)).and_then(|result| result) {
        Ok(text) => (0, text),
        Err(reason) => (-1, reason),
    };
    let (status, text) = if text.len() < size { (status, text) } else { (-1, format!("the answer is over {size} bytes")) };
    // SAFETY: it fits, with its NUL.
    unsafe {
        reply.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len());
        reply.add(text.len()).write(0);
    }
    status
}

unsafe extern "C" fn get(state: *mut c_void, json: *mut c_char, size: usize) -> c_int {
    // SAFETY: the core calls it as it was published.
    unsafe { answer(state, json, size, |item| Ok(item.get())) }
}

unsafe extern "C" fn set(state: *mut c_void, json: *const c_char, reply: *mut c_char, size: usize) -> c_int {
    // SAFETY: as above; the core gives a text.
    unsafe {
        let json = CStr::from_ptr(json).to_string_lossy();
        answer(state, reply, size, |item| item.set(&json).map(|()| String::new()))
    }
}

unsafe extern "C" fn call(state: *mut c_void, argument: *const c_char, reply: *mut c_char, size: usize) -> c_int {
    // SAFETY: as above; the core gives a text.
    unsafe {
        let argument = CStr::from_ptr(argument).to_string_lossy();
        answer(state, reply, size, |item| item.call(&argument))
    }
}
