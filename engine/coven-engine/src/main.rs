//! The engine of one VNF instance.
fn main() {}
