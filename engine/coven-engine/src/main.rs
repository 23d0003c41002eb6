//! The engine of one VNF instance (spec/engine.md): `coven-engine --folder DIR [--plan FILE [--until-done]]`.
mod clients;
mod contexts;
mod early;
mod edge_of_host;
mod engine;
mod methods;
mod nsh_plan;
mod plan;
mod processes;
mod quiet;
mod report;
mod rpc;

use channel::{Bell, Poller};
use clients::Clients;
use engine::{Engine, CLIENTS, LISTENER};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: coven-engine --folder DIR [--plan FILE [--until-done]]";
const WRONG_USE: u8 = 2;

struct Arguments {
    folder: PathBuf,
    plan: Option<PathBuf>,
    until_done: bool,
}

fn arguments() -> Option<Arguments> {
    let (mut folder, mut plan, mut until_done) = (None, None, false);
    let mut given = std::env::args_os().skip(1);
    while let Some(argument) = given.next() {
        match argument.to_str()? {
            "--folder" => folder = Some(given.next()?.into()),
            "--plan" => plan = Some(PathBuf::from(given.next()?)),
            "--until-done" => until_done = true,
            _ => return None,
        }
    }
    (plan.is_some() || !until_done).then_some(Arguments { folder: folder?, plan, until_done })
}

/// Listen at DIR/engine.sock, in place of an engine that is no more.
fn listen(folder: &Path) -> Result<UnixListener, String> {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    std::fs::create_dir_all(folder).map_err(|error| format!("{} can't be made: {error}", folder.display()))?;
    let path = folder.join("engine.sock");
    if UnixStream::connect(&path).is_ok() {
        return Err(format!("another engine serves {}", path.display()));
    }
    let _ = std::fs::remove_file(&path);
    UnixListener::bind(&path).map_err(|error| format!("{} can't be bound: {error}", path.display()))
}

fn signals() -> std::io::Result<UnixStream> {
    let (read, write) = UnixStream::pair()?;
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::low_level::pipe::register(signal, write.try_clone()?)?;
    }
    read.set_nonblocking(true)?;
    Ok(read)
}

fn set_up(folder: &Path) -> Result<Engine, String> {
    let listener = listen(folder)?;
    let make = || -> std::io::Result<Engine> {
        let poller = Poller::new()?;
        let clients = Clients::new(listener, &poller, LISTENER, CLIENTS)?;
        Engine::new(folder.to_owned(), poller, clients, signals()?)
    };
    make().map_err(|error| format!("the event loop can't be made: {error}"))
}

fn start_plan(engine: &mut Engine, file: &Path) -> Result<(), String> {
    let failed = |what: String| format!("{}: {what}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    let mut plan: serde_json::Value = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    let Some(actions) = plan.get_mut("actions").and_then(|actions| actions.as_array_mut()) else {
        return Err(failed("a plan has `actions`".into()));
    };
    engine.apply_actions(std::mem::take(actions)).map_err(|failure| failed(failure.to_string()))?;
    engine.stage.receive(true);
    Ok(())
}

fn clean_up(folder: &Path) {
    let _ = std::fs::remove_file(folder.join("engine.sock"));
    for slot in 0..channel::layout::LIMITS_SLOTS_MAX {
        let _ = std::fs::remove_file(Bell::path(folder, slot));
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    // Who starts it may leave it in its own process group, which gets the signals of its terminal. Refused to a leader: it has one.
    let _ = rustix::process::setpgid(None, None);
    channel::schedule::hasten(rustix::process::getpid());
    let mut engine = set_up(&arguments.folder)?;
    let outcome = arguments.plan.as_deref().map_or(Ok(()), |file| start_plan(&mut engine, file));
    if outcome.is_ok() {
        engine.until_done = arguments.until_done;
        engine.run();
        if arguments.until_done {
            println!("{}", engine.statistics());
        }
    }
    clean_up(&arguments.folder);
    outcome
}

fn main() -> ExitCode {
    let Some(arguments) = arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::from(WRONG_USE);
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("coven-engine: {what}");
            ExitCode::FAILURE
        }
    }
}
