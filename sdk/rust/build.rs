//! Links the C core: COVEN_SDK_C names the folder that holds build/libcoven.a; sdk/c beside this crate if it is not set.
use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo:rerun-if-env-changed=COVEN_SDK_C");
    let beside = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../c");
    let folder = env::var_os("COVEN_SDK_C").map_or(beside, PathBuf::from).join("build");
    let library = folder.join("libcoven.a");
    if !library.exists() {
        panic!(
            "there is no {}: build it with `make -C sdk/c`, or set COVEN_SDK_C to a folder that holds build/libcoven.a",
            library.display()
        );
    }
    println!("cargo:rerun-if-changed={}", library.display());
    println!("cargo:rustc-link-search=native={}", folder.display());
    println!("cargo:rustc-link-lib=static=coven");
}
