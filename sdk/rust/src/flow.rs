//! Flows and tables of flows (spec/sdk.md); the tables are the core's.
use crate::ffi::{self, RawFlow};
use crate::packet::Packet;
use crate::run::one_thread;
use std::ffi::{c_char, c_void, CStr, CString};
use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;

/// The 5-tuple of a packet. Ports are 0 where there are none, and for fragments.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flow(RawFlow);

impl Flow {
    fn address(&self, bytes: &[u8; 16]) -> IpAddr {
        match self.0.version {
            4 => [bytes[0], bytes[1], bytes[2], bytes[3]].into(),
            _ => (*bytes).into(),
        }
    }
    /// Number of the protocol: behind extension headers with IPv6.
    pub fn protocol(&self) -> u8 {
        self.0.protocol
    }
    /// Address of the sender.
    pub fn source(&self) -> IpAddr {
        self.address(&self.0.source)
    }
    /// Address of the receiver.
    pub fn destination(&self) -> IpAddr {
        self.address(&self.0.destination)
    }
    /// Port of the sender.
    pub fn source_port(&self) -> u16 {
        self.0.source_port
    }
    /// Port of the receiver.
    pub fn destination_port(&self) -> u16 {
        self.0.destination_port
    }
    /// The other direction.
    pub fn reversed(&self) -> Flow {
        // SAFETY: it reads the key alone.
        Flow(unsafe { ffi::coven_flow_reversed(&self.0) })
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut text = [0 as c_char; 128];
        // SAFETY: the core writes a text that ends within COVEN_FLOW_TEXT bytes.
        f.write_str(&unsafe { CStr::from_ptr(ffi::coven_flow_text(&self.0, text.as_mut_ptr())) }.to_string_lossy())
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Packet {
    /// Its flow; nothing where there is no IP.
    pub fn flow(&self) -> Option<Flow> {
        let mut raw = RawFlow {
            source: [0; 16],
            destination: [0; 16],
            source_port: 0,
            destination_port: 0,
            protocol: 0,
            version: 0,
            zero: [0; 2],
        };
        // SAFETY: a packet that the core made.
        unsafe { ffi::coven_flow_of(self.raw(), &mut raw) }.then_some(Flow(raw))
    }
}

/// At most `capacity` flows, each with a value that begins as its default; one unused for `timeout_s` seconds (0: never) is gone, and when the table is
/// full, the one unused for longest. All memory is had when it is made. Shows `NAME_flows`, `NAME_expired` and `NAME_evicted`.
pub struct FlowTable<V> {
    raw: *mut c_void,
    values: PhantomData<V>,
}

impl<V: Copy + Default> FlowTable<V> {
    const FITS: () = assert!(align_of::<V>() <= 8, "values are aligned to 8 bytes");

    /// `symmetric`: both directions of a conversation are one entry. Panics if it can't be had.
    pub fn new(name: &str, capacity: u32, timeout_s: f64, symmetric: bool) -> FlowTable<V> {
        let () = Self::FITS;
        one_thread();
        let text = CString::new(name).expect("a name has no NUL");
        // SAFETY: the core copies the name.
        let raw = unsafe { ffi::coven_flow_table_new(text.as_ptr(), capacity, timeout_s, symmetric, size_of::<V>()) };
        assert!(!raw.is_null(), "flow table {name} can't be had: why is on stderr");
        FlowTable { raw, values: PhantomData }
    }

    /// The value of a flow at a time, which is then used.
    pub fn get(&mut self, flow: &Flow, time_ns: u64) -> Option<&mut V> {
        // SAFETY: the value is room for a `V`, and holds one: `put` wrote it. It lasts until the table is changed, which takes `&mut`.
        unsafe { ffi::coven_flow_table_get(self.raw, &flow.0, time_ns).cast::<V>().as_mut() }
    }

    /// The same; a flow that is not there comes in.
    pub fn put(&mut self, flow: &Flow, time_ns: u64) -> &mut V {
        // SAFETY: as above; `put` never gives NULL.
        unsafe {
            let there = ffi::coven_flow_table_get(self.raw, &flow.0, time_ns).cast::<V>();
            if !there.is_null() {
                return &mut *there;
            }
            let fresh = ffi::coven_flow_table_put(self.raw, &flow.0, time_ns).cast::<V>();
            fresh.write(V::default());
            &mut *fresh
        }
    }

    /// The value of a packet's flow at its time.
    pub fn get_of(&mut self, packet: &Packet) -> Option<&mut V> {
        self.get(&packet.flow()?, packet.time_ns())
    }

    /// The same; a flow that is not there comes in. Nothing only if the packet has none.
    pub fn put_of(&mut self, packet: &Packet) -> Option<&mut V> {
        Some(self.put(&packet.flow()?, packet.time_ns()))
    }

    /// False if it was not there.
    pub fn remove(&mut self, flow: &Flow) -> bool {
        // SAFETY: the table is this one's.
        unsafe { ffi::coven_flow_table_remove(self.raw, &flow.0) }
    }

    /// Entries.
    pub fn size(&self) -> usize {
        // SAFETY: the table is this one's.
        unsafe { ffi::coven_flow_table_size(self.raw) as usize }
    }

    /// Flows and values, from the latest used.
    pub fn iter(&self) -> impl Iterator<Item = (Flow, &V)> {
        let mut after: *const RawFlow = std::ptr::null();
        std::iter::from_fn(move || {
            let mut value = std::ptr::null_mut();
            // SAFETY: nothing changes the table while it is borrowed; the core gives entries that it holds.
            unsafe {
                after = ffi::coven_flow_table_next(self.raw, after, &mut value);
                after.as_ref().map(|flow| (Flow(*flow), &*value.cast::<V>()))
            }
        })
        .fuse()
    }
}

impl<V> Drop for FlowTable<V> {
    fn drop(&mut self) {
        // SAFETY: nobody uses it any more.
        unsafe { ffi::coven_flow_table_free(self.raw) }
    }
}
