//! Lines of any content to the engine's control socket: each is served or refused, and what is done or undone leaves the accounts right.
use crate::clients::Clients;
use crate::engine::{Engine, CLIENTS, LISTENER};
use channel::{Bell, Poller};
use serde_json::Value;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

const LINES: usize = 64;
/// What a channel may take here, whatever is asked for: memory is not what is looked at.
const SIZES: [(&str, u64); 4] = [("frames", 256), ("frame_size", 4096), ("slots", 8), ("edge_limit", 256)];

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("coven-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn engine(folder: &Path) -> Engine {
    let path = folder.join("engine.sock");
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(path).expect("a socket");
    let poller = Poller::new().expect("a poller");
    let clients = Clients::new(listener, &poller, LISTENER, CLIENTS).expect("clients");
    let (signal, _) = UnixStream::pair().expect("a pair");
    Engine::new(folder.to_owned(), poller, clients, signal).expect("an engine")
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

pub fn control(data: &[u8]) {
    let folder = folder();
    let mut engine = engine(&folder);
    for line in String::from_utf8_lossy(data).lines().take(LINES) {
        engine.serve_line(CLIENTS, &bounded(line));
        for _ in 0..4 {
            engine.stage.pass();
        }
        engine.settle_owed();
        engine.tell_events();
        let (counters, in_flight) = (engine.stage.counters(), engine.stage.in_flight());
        assert_eq!(counters.received + counters.created, counters.transmitted + counters.dropped_sum() + in_flight);
        engine.statistics();
    }
    drop(engine);
    (0..=channel::layout::LIMITS_SLOTS_MAX).for_each(|slot| drop(std::fs::remove_file(Bell::path(&folder, slot))));
    std::fs::remove_dir_all(folder).expect("nothing else is in it");
}
