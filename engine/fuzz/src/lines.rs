//! Lines of any content to the engine's control socket: each is served or refused, and what is done or undone leaves the accounts right.
use crate::clients::Clients;
use crate::control::{Control, CLIENTS, LISTENER};
use crate::crew::{folder_of, Cpus, Crew};
use channel::{Bell, Poller};
use serde_json::Value;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

const LINES: usize = 64;
const THREADS: usize = 2;
/// What a channel may take here, whatever is asked for: memory is not what is looked at.
const SIZES: [(&str, u64); 4] = [("frames", 256), ("frame_size", 4096), ("slots", 8), ("edge_limit", 256)];

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("coven-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn engine(folder: &Path) -> Control {
    let path = folder.join("engine.sock");
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(path).expect("a socket");
    let poller = Poller::new().expect("a poller");
    let clients = Clients::new(listener, &poller, LISTENER, CLIENTS).expect("clients");
    let (signal, _) = UnixStream::pair().expect("a pair");
    let crew = Crew::start(folder, THREADS, Cpus { each: false, one: None }).expect("threads");
    Control::new(poller, clients, signal, crew).expect("an engine")
}

fn balanced(statistics: &Value) {
    let of = |name: &str| statistics[name].as_u64().expect("a count");
    let dropped: u64 = statistics["dropped"].as_object().expect("reasons").values().filter_map(Value::as_u64).sum();
    assert_eq!(of("received") + of("created"), of("transmitted") + dropped + of("in_flight"), "{statistics}");
}

/// The same line with sizes that this machine has.
fn bounded(line: &str) -> String {
    let Ok(mut call) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
    let actions = call.pointer_mut("/params/actions").and_then(Value::as_array_mut);
    for action in actions.into_iter().flatten().filter_map(Value::as_object_mut) {
        for (name, most) in SIZES {
            if let Some(size) = action.get_mut(name).filter(|size| size.as_u64().is_some_and(|size| size > most)) {
                *size = most.into();
            }
        }
    }
    call.to_string()
}

pub fn lines(data: &[u8]) {
    let folder = folder();
    let mut engine = engine(&folder);
    for line in String::from_utf8_lossy(data).lines().take(LINES) {
        engine.serve_line(CLIENTS, &bounded(line));
        balanced(&engine.statistics());
    }
    engine.crew.end();
    for bells in (0..THREADS).map(|shard| folder_of(&folder, shard)) {
        (0..=channel::layout::LIMITS_SLOTS_MAX).for_each(|slot| drop(std::fs::remove_file(Bell::path(&bells, slot))));
    }
    std::fs::remove_dir_all(folder).expect("nothing else is in it");
}
