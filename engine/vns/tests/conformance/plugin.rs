//! `plugin`: the example outside of the engine's source, and what is no plugin. Each test runs in a process of its own, with the
//! folder of plugins in its environment.
use std::cell::RefCell;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{channel, Receiver};
use std::time::Duration;

use coven_vns::{OpenError, Port};
use serde_json::json;

use crate::bench::*;
use crate::namespace::{inside, ip};
use crate::suite;

/// A folder of plugins, known to the process.
pub struct Plugins(pub Folder);

impl Plugins {
    pub fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        std::env::set_var("COVEN_PLUGINS", folder.file(""));
        Self(folder)
    }

    /// Compile one; `words` are the compiler's besides.
    pub fn compile(&self, source: &Path, name: &str, words: &[String]) -> Result<(), String> {
        let headers = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
        let made = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-I"])
            .arg(headers)
            .args(["-o", &self.0.file(name)])
            .arg(source)
            .args(words)
            .output()
            .map_err(|error| format!("cc: {error}"))?;
        made.status.success().then_some(()).ok_or_else(|| String::from_utf8_lossy(&made.stderr).into_owned())
    }

    fn text(&self, name: &str, source: &str) {
        let file = PathBuf::from(self.0.file(&format!("{name}.c")));
        std::fs::write(&file, source).unwrap();
        self.compile(&file, name, &[]).unwrap();
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn has_compiler(test: &str) -> bool {
    let found = Command::new("cc").arg("--version").output().is_ok();
    if !found {
        println!("SKIP {test}: there is no C compiler");
    }
    found
}

/// The other side is a socket that is always read, so that nothing is lost in it.
struct Udp {
    sender: UdpSocket,
    arrived: RefCell<Receiver<Vec<u8>>>,
}

impl Udp {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:4002").unwrap();
        rustix::net::sockopt::set_socket_recv_buffer_size(&socket, 8 << 20).unwrap(); // as much as is permitted
        let sender = socket.try_clone().unwrap();
        let (to, arrived) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 65_536];
            while let Ok((length, _)) = socket.recv_from(&mut bytes) {
                if to.send(bytes[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { sender, arrived: RefCell::new(arrived) }
    }

    fn open(&self, bench: &Bench) -> Box<dyn Port> {
        let options = json!({"file": "udp.so", "arguments": "127.0.0.1:4001 127.0.0.1:4002"});
        coven_vns::open("plugin", &options, &bench.frames).unwrap_or_else(|error| panic!("{error}"))
    }
}

impl suite::Rig for Udp {
    fn receiving(&self, bench: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port> {
        let port = self.open(bench);
        for packet in packets {
            self.sender.send_to(packet, "127.0.0.1:4001").unwrap();
        }
        port
    }

    fn transmitting(&self, bench: &Bench) -> Box<dyn Port> {
        self.open(bench)
    }

    fn sent(&self, _port: Box<dyn Port>, count: usize) -> Vec<Vec<u8>> {
        let arrived = self.arrived.borrow();
        (0..count).map(|_| arrived.recv_timeout(Duration::from_secs(20)).unwrap()).collect()
    }
}

#[test]
fn a_plugin_passes_the_suite() {
    let test = "a_plugin_passes_the_suite";
    if !has_compiler(test) || !inside(&format!("plugin::{test}")) {
        return;
    }
    ip("link set lo up");
    let plugins = Plugins::new("plugin-udp");
    plugins.compile(&root().join("examples/vns-udp/udp.c"), "udp.so", &[]).unwrap_or_else(|why| panic!("{why}"));
    suite::run(&Udp::new());
    let error = refused("udp.so", "nowhere");
    assert!(error.reason == "plugin-failed" && error.message.contains("LOCAL:PORT REMOTE:PORT"), "{error}");
}

fn refused(file: &str, arguments: &str) -> OpenError {
    let arguments = Some(arguments).filter(|text| !text.is_empty());
    open("plugin", &json!({ "file": file, "arguments": arguments })).err().unwrap()
}

#[test]
fn what_is_no_plugin_is_refused_with_the_reason() {
    let test = "what_is_no_plugin_is_refused_with_the_reason";
    if !has_compiler(test) || !inside(&format!("plugin::{test}")) {
        return;
    }
    assert_eq!(refused("udp.so", "").reason, "plugin-not-allowed", "no folder is named");
    let plugins = Plugins::new("plugin-wrong");
    std::fs::write(plugins.0.file("text.so"), "no object").unwrap();
    plugins.text("other.so", "int other;");
    plugins.text("future.so", "unsigned table[64] = {2}; const void *coven_vns_backend(void) { return table; }");
    plugins.text("half.so", "unsigned table[64] = {1}; const void *coven_vns_backend(void) { return table; }");
    for (file, reason, said) in [
        ("../udp.so", "bad-option", "without its folder"),
        ("udp", "bad-option", "NAME.so"),
        ("nothing.so", "plugin-missing", "nothing.so"),
        ("text.so", "plugin-failed", "text.so"),
        ("other.so", "plugin-failed", "no function coven_vns_backend"),
        ("future.so", "plugin-failed", "version 2"),
        ("half.so", "plugin-failed", "a function of struct coven_backend is missing"),
    ] {
        let error = refused(file, "");
        assert!(error.reason == reason && error.message.contains(said), "{file}: {error}");
    }
    let writable = std::os::unix::fs::PermissionsExt::from_mode(0o646);
    std::fs::set_permissions(plugins.0.file("half.so"), writable).unwrap();
    let error = refused("half.so", "");
    assert!(error.reason == "plugin-not-allowed" && error.message.contains("chmod o-w"), "{error}");
}
