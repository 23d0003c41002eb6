//! Part of the COVEN engine.
