//! Shared objects that are loaded while the engine runs, and stay.
#![allow(unsafe_code)]

use std::ffi::{c_void, CStr, CString};
use std::mem::{size_of, transmute_copy};
use std::ptr::NonNull;

#[derive(Clone, Copy)]
pub(crate) struct Library(NonNull<c_void>);

impl Library {
    /// By path, or by a name that the linker finds (LD_LIBRARY_PATH). All that it needs has to be there.
    pub fn open(name: &str) -> Result<Self, String> {
        let name = CString::new(name).map_err(|_| "its name has a zero byte in it")?;
        // SAFETY: a name that ends with a zero; what the object's constructors do is the operator's trust.
        NonNull::new(unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) }).map(Self).ok_or_else(error)
    }

    /// # Safety
    /// `F` is a function pointer of the type that the object's function has.
    pub unsafe fn function<F: Copy>(&self, name: &str) -> Result<F, String> {
        const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
        let symbol = CString::new(name).map_err(|_| "a name has a zero byte in it")?;
        // SAFETY: the object is never unloaded; the type is the caller's word.
        unsafe {
            let at = NonNull::new(libc::dlsym(self.0.as_ptr(), symbol.as_ptr()))
                .ok_or_else(|| format!("there is no function {name} in it"))?;
            Ok(transmute_copy(&at))
        }
    }
}

/// Why the last call failed, in the linker's words.
fn error() -> String {
    // SAFETY: the linker keeps the text until the next call of this thread.
    unsafe {
        let why = libc::dlerror();
        if why.is_null() {
            return "it can't be loaded".into();
        }
        CStr::from_ptr(why).to_string_lossy().into_owned()
    }
}
