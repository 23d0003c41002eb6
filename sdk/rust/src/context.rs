//! The context by the layout of the package (`COVEN_CONTEXT`, spec/sdk.md).
use crate::ffi::{self, RawField};
use crate::packet::Packet;
use crate::run::one_thread;
use std::ffi::CStr;

/// A field of the context.
#[derive(Clone, Copy)]
pub struct Field(RawField);

/// The field `name` of the layout. Look it up once. Panics, naming those there are, if there is none.
pub fn context_field(name: &str) -> Field {
    one_thread();
    let all = context_fields();
    let names = || all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    match all.iter().find(|(one, _)| one == name) {
        Some(&(_, field)) => field,
        None if all.is_empty() => {
            panic!("the context has no field {name}: the package gives this component no layout (vnf.yaml: context)")
        }
        None => panic!("the context has no field {name}; there are: {}", names()),
    }
}

/// Names and fields of the layout, in order.
pub fn context_fields() -> Vec<(String, Field)> {
    let entry = |index| {
        let (mut name, mut field) = (std::ptr::null(), RawField { first: 0, bits: 0 });
        // SAFETY: the core fills both if it returns true; its names last until the layout is another one.
        unsafe {
            ffi::coven_context_entry(index, &mut name, &mut field)
                .then(|| (CStr::from_ptr(name).to_string_lossy().into_owned(), Field(field)))
        }
    };
    (0..).map_while(entry).collect()
}

impl Field {
    /// Bits before it, and in it.
    pub fn place(self) -> (u8, u8) {
        (self.0.first, self.0.bits)
    }

    /// Bytes that hold it.
    pub fn size(self) -> usize {
        usize::from(self.0.bits).div_ceil(8)
    }
}

impl Packet {
    /// The number in a field of the context (of one wider than 64 bits the last 64).
    pub fn get(&self, field: Field) -> u64 {
        // SAFETY: a packet that the core made.
        unsafe { ffi::coven_field_get(self.raw(), field.0) }
    }

    /// Write it. Panics if the value does not fit.
    pub fn set(&mut self, field: Field, value: u64) {
        // SAFETY: a packet that the core made, in nobody else's hands.
        let good = unsafe { ffi::coven_field_set(self.raw_mut(), field.0, value) };
        assert!(good, "{value} does not fit the {} bits of the field", field.0.bits);
    }

    /// A field as bytes, into the first `field.size()` of `bytes`.
    pub fn get_bytes(&self, field: Field, bytes: &mut [u8]) {
        assert!(bytes.len() >= field.size(), "the field has {} bytes", field.size());
        // SAFETY: there is room for as many.
        unsafe { ffi::coven_field_read(self.raw(), field.0, bytes.as_mut_ptr()) }
    }

    /// Write it as bytes: `field.size()` of them. Panics if they do not fit.
    pub fn set_bytes(&mut self, field: Field, bytes: &[u8]) {
        // SAFETY: the core reads no more than the length.
        let good = unsafe { ffi::coven_field_write(self.raw_mut(), field.0, bytes.as_ptr(), bytes.len()) };
        assert!(good, "{} bytes, or their value, do not fit the {} bits of the field", bytes.len(), field.0.bits);
    }
}
