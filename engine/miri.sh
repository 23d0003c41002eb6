#!/bin/sh
# The channel's unit tests under Miri: no undefined behaviour in what they run. Needs a nightly toolchain with the component.
if ! cargo +nightly miri --version >/dev/null 2>&1; then
    rustup component add miri rust-src --toolchain nightly >/dev/null 2>&1
fi
if ! cargo +nightly miri --version >/dev/null 2>&1; then
    echo "SKIP channel under Miri: there is no nightly toolchain with the component miri here (rustup component add miri --toolchain nightly)"
    exit 0
fi
CARGO_TARGET_DIR=target/miri MIRIFLAGS=-Zmiri-disable-isolation exec cargo +nightly miri test --locked --quiet -p coven-channel --lib
