//! The real engine in a process of its own, and a component that keeps to the contract.
#![allow(dead_code)]
pub mod component;
use serde_json::{json, Value};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Long enough for the slowest machine; only a failure waits so long.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct Engine {
    pub child: Child,
    pub folder: PathBuf,
    pub control: Client,
}

/// A child that does not outlive its test.
pub struct Ended(pub Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub struct Client(BufReader<UnixStream>, u64);

pub fn folder() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("coven-engine-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Ask again and again until there is an answer.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(answer) = ask() {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{what}: not within {PATIENCE:?}");
}

/// COVEN_RUNNER names the program that runs those of another machine (tools/arm64.sh).
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let Some(runner) = std::env::var_os("COVEN_RUNNER") else { return Command::new(program) };
    let mut command = Command::new(runner);
    command.arg(program);
    command
}

pub fn engine_command() -> Command {
    command(env!("CARGO_BIN_EXE_coven-engine"))
}

impl Engine {
    pub fn start() -> Self {
        Self::with(&[])
    }

    pub fn with(arguments: &[&str]) -> Self {
        let folder = folder();
        let mut command = engine_command();
        let child = command.arg("--folder").arg(&folder).args(arguments).stderr(Stdio::null()).spawn().unwrap();
        let control = until("the engine's socket", || Client::connect(&folder));
        Self { child, folder, control }
    }

    pub fn apply(&mut self, actions: Value) {
        self.control.call("apply", json!({"actions": actions})).unwrap();
    }

    /// Statistics, with the sums that hold at every instant.
    pub fn stats(&mut self) -> Value {
        let stats = self.control.call("stats", json!({})).unwrap();
        let n = |value: &Value| value.as_u64().unwrap();
        let dropped: u64 = stats["dropped"].as_object().unwrap().values().map(n).sum();
        assert_eq!(
            n(&stats["received"]) + n(&stats["created"]),
            n(&stats["transmitted"]) + dropped + n(&stats["in_flight"]),
            "{stats}"
        );
        let frames = &stats["frames"];
        assert_eq!(
            ["home", "out", "lent", "kernel"].iter().map(|state| n(&frames[state])).sum::<u64>(),
            n(&frames["total"]),
            "{stats}"
        );
        stats
    }

    /// A process of this test's program as the component in a slot.
    pub fn component(&mut self, slot: u32) -> Ended {
        self.component_of(0, slot)
    }

    pub fn component_of(&mut self, shard: u32, slot: u32) -> Ended {
        let hello = self.control.call("hello", json!({"shard": shard})).unwrap();
        let mut command = command(std::env::current_exe().unwrap());
        command.args(["--exact", "component_process", "--nocapture"]).stdout(Stdio::null()).stderr(Stdio::null());
        command.env("COVEN_CHANNEL", hello["channel"]["path"].as_str().unwrap());
        command.env("COVEN_SLOT", slot.to_string()).env("COVEN_BELLS", hello["bells"].as_str().unwrap());
        let child = Ended(command.spawn().unwrap());
        self.control.call("supervise", json!({"shard": shard, "slot": slot, "pid": child.0.id()})).unwrap();
        child
    }

    pub fn wait_running(&mut self, slot: u32) {
        self.wait_running_of(0, slot);
    }

    pub fn wait_running_of(&mut self, shard: u32, slot: u32) {
        until("a running component", || {
            let stats = self.stats();
            let row = stats["components"]
                .as_array()
                .unwrap()
                .iter()
                .find(|c| c["slot"] == slot && c["shard"].as_u64().unwrap_or(0) == u64::from(shard))?
                .clone();
            (row["state"] == "running" && row["standing_in"] == false).then_some(())
        });
    }

    pub fn stop(mut self) {
        self.control.call("shutdown", json!({})).unwrap();
        assert!(self.child.wait().unwrap().success());
        assert_eq!(std::fs::read_dir(&self.folder).unwrap().count(), 0, "its files are gone");
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Client {
    pub fn connect(folder: &Path) -> Option<Self> {
        let stream = UnixStream::connect(folder.join("engine.sock")).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Some(Self(BufReader::new(stream), 0))
    }

    pub fn send(&mut self, line: &str) {
        writeln!(self.0.get_mut(), "{line}").unwrap();
    }

    pub fn line(&mut self) -> Value {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Result, or the error object.
    pub fn call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.1 += 1;
        let id = self.1;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string());
        let answer = self.line();
        assert_eq!(answer["id"], id, "{answer}");
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].clone()),
        }
    }

    /// The next event with this name.
    pub fn event(&mut self, name: &str) -> Value {
        loop {
            let line = self.line();
            if line["method"] == "event" && line["params"]["event"] == name {
                return line["params"].clone();
            }
        }
    }
}
