#!/bin/sh
# The channel's handshakes under loom: every order of their memory accesses, in a target folder of its own.
RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR=target/loom exec cargo test --locked --quiet --profile quick -p coven-channel --lib models
