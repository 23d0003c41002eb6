#!/bin/sh
# arm64.sh: the C SDK and the engine, cross-compiled and tested under qemu-user, on Debian and its kin (tools/ci.sh installs what that takes).
# arm64.sh fetch: Rust's standard library for arm64 into build/arm64, by apt alone: the one of the rustc that Debian has here.
set -u
cd "$(dirname "$0")/.."
target=aarch64-unknown-linux-gnu
std=$PWD/build/arm64/usr
export COVEN_RUNNER=qemu-aarch64-static QEMU_LD_PREFIX=/usr/aarch64-linux-gnu

# Lists and packages of the other architecture stay in a folder of our own: what apt knows of this machine does not change.
fetch() {
    rustlib=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}=${Version}\n' 'libstd-rust*-dev' 2>/dev/null | sed -n 's/^ii *//p' | head -n 1)
    [ -n "$rustlib" ] || { echo "arm64: Debian's rustc is not installed"; return 1; }
    [ "$(cat build/arm64/version 2>/dev/null)" != "$rustlib" ] || return 0
    rm -rf build/arm64
    mkdir -p build/arm64/lists/partial build/arm64/cache/archives/partial
    options="-qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::lists=$PWD/build/arm64/lists -o Dir::Cache=$PWD/build/arm64/cache -o APT::Sandbox::User=root"
    # shellcheck disable=SC2086
    apt-get update $options && (cd build/arm64 && apt-get download $options "$rustlib" && dpkg -x libstd-rust*.deb .) || return 1
    rm -rf build/arm64/lists build/arm64/cache build/arm64/*.deb
    echo "$rustlib" >build/arm64/version
}

skip() {
    echo "SKIP $1: $2"
    return 0
}

c_sdk() {
    command -v aarch64-linux-gnu-gcc >/dev/null || { skip "C SDK on arm64" "there is no aarch64-linux-gnu-gcc here"; return; }
    cross="CC=aarch64-linux-gnu-gcc CXX=aarch64-linux-gnu-g++ AR=aarch64-linux-gnu-ar BUILD=build/arm64"
    # shellcheck disable=SC2086
    make --silent -C sdk/c $cross && (cd sdk/c && COVEN_KILLS=5 COVEN_ROUNDS=3 sh test/run.sh build/arm64)
}

# Which cargo can build for arm64: the first on the PATH, or Debian's with what fetch brought.
has_std() { [ -d "$1/lib/rustlib/$target/lib" ]; }
rust() {
    if has_std "$(rustc --print sysroot)"; then return 0; fi
    has_std "$std" && [ -x /usr/bin/cargo ] || return 1
    PATH=/usr/bin:$PATH
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="--sysroot=$std"
}

# Programs and libraries of the engine. Of vns only what runs without interfaces, which qemu-user does not show as they are.
engine() {
    command -v aarch64-linux-gnu-gcc >/dev/null && rust || { skip "engine on arm64" "there is no Rust here with a standard library for arm64"; return; }
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=$COVEN_RUNNER
    packages="-p coven-channel -p coven-wire -p coven-memif -p coven-nshp -p coven-itf -p coven-engine"
    # shellcheck disable=SC2086
    cd engine && CARGO_TARGET_DIR=target/arm64 cargo test --profile quick --locked --quiet --target "$target" $packages --lib --bins --tests
}

if [ "${1:-}" = fetch ]; then fetch; exit; fi
if ! command -v "$COVEN_RUNNER" >/dev/null; then skip arm64 "there is no $COVEN_RUNNER here (Debian: qemu-user-static)"; exit 0; fi
failed=0
c_sdk || failed=1
(engine) || failed=1
exit $failed
