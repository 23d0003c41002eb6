//! Links the C core: COVEN_SDK_C names the folder that holds build/libcoven.a; else core/ of the packaged crate is compiled, or sdk/c beside this crate is taken.
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=COVEN_SDK_C");
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let core = here.join("core");
    let folder = match env::var_os("COVEN_SDK_C") {
        Some(folder) => PathBuf::from(folder).join("build"),
        None if core.exists() => compiled(&core),
        None => here.join("../c/build"),
    };
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

/// By the C compiler alone, CC or cc: the crate depends on no other.
fn compiled(core: &Path) -> PathBuf {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut sources: Vec<_> =
        core.join("src").read_dir().expect("the C core").map(|entry| entry.expect("a source").path()).collect();
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "c"));
    sources.sort();
    let objects: Vec<_> = sources.iter().map(|path| out.join(path.file_stem().expect("a name")).with_extension("o")).collect();
    for (source, object) in sources.iter().zip(&objects) {
        let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
        ran(Command::new(compiler)
            .args(["-O2", "-std=c11", "-D_GNU_SOURCE", "-fPIC", "-c", "-I"])
            .arg(core.join("include"))
            .arg(source)
            .arg("-o")
            .arg(object));
    }
    let library = out.join("libcoven.a");
    ran(Command::new(env::var_os("AR").unwrap_or_else(|| "ar".into())).arg("rcs").arg(library).args(objects));
    out
}

fn ran(command: &mut Command) {
    let done = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}; the crate needs a C compiler"));
    assert!(done.success(), "{command:?}: {done}");
}
