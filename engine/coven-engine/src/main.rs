//! The engine of one VNF instance (spec/engine.md): `coven-engine --folder DIR [--threads N [--pinned]] [--cpu N] [--plan FILE [--until-done]]`.
mod clients;
mod contexts;
mod control;
mod cpu;
mod crew;
mod early;
mod edge_of_host;
mod merge;
mod methods;
mod nsh_plan;
mod orders;
mod plan;
mod processes;
mod quiet;
mod report;
mod rpc;
mod shard;
mod wakeups;

use channel::{Bell, Poller};
use clients::Clients;
use control::{Control, CLIENTS, LISTENER};
use crew::{folder_of, Cpus, Crew};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str =
    "usage: coven-engine --folder DIR [--threads 1..16 [--pinned]] [--cpu N] [--plan FILE [--until-done]] | --measure-wakeups";
const WRONG_USE: u8 = 2;
const THREADS: std::ops::RangeInclusive<usize> = 1..=16;

struct Arguments {
    folder: PathBuf,
    threads: usize,
    cpus: Cpus,
    plan: Option<PathBuf>,
    until_done: bool,
}

fn arguments() -> Option<Arguments> {
    let (mut folder, mut plan, mut until_done) = (None, None, false);
    let (mut threads, mut cpus) = (1, Cpus { each: false, one: None });
    let mut given = std::env::args_os().skip(1);
    while let Some(argument) = given.next() {
        match argument.to_str()? {
            "--folder" => folder = Some(given.next()?.into()),
            "--threads" => threads = given.next()?.to_str()?.parse().ok().filter(|threads| THREADS.contains(threads))?,
            "--pinned" => cpus.each = true,
            "--cpu" => cpus.one = Some(cpu::number(given.next()?.to_str()?)?),
            "--plan" => plan = Some(PathBuf::from(given.next()?)),
            "--until-done" => until_done = true,
            _ => return None,
        }
    }
    (plan.is_some() || !until_done).then_some(Arguments { folder: folder?, threads, cpus, plan, until_done })
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

fn set_up(arguments: &Arguments) -> Result<Control, String> {
    let folder = &arguments.folder;
    let listener = listen(folder)?;
    let make = || -> std::io::Result<Control> {
        let poller = Poller::new()?;
        let clients = Clients::new(listener, &poller, LISTENER, CLIENTS)?;
        let crew = Crew::start(folder, arguments.threads, arguments.cpus)?;
        Control::new(poller, clients, signals()?, crew)
    };
    make().map_err(|error| format!("the event loops can't be made: {error}"))
}

fn start_plan(engine: &mut Control, file: &Path, until_done: bool) -> Result<(), String> {
    let failed = |what: String| format!("{}: {what}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    let mut plan: serde_json::Value = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    let Some(actions) = plan.get_mut("actions").and_then(|actions| actions.as_array_mut()) else {
        return Err(failed("a plan has `actions`".into()));
    };
    let actions = std::mem::take(actions);
    engine.plan(actions).and_then(|plan| engine.apply(plan, false)).map_err(|failure| failed(failure.to_string()))?;
    engine.crew.ask_all(move |shard| shard.until_done = until_done);
    engine.receive(true);
    Ok(())
}

fn clean_up(folder: &Path, threads: usize) {
    let _ = std::fs::remove_file(folder.join("engine.sock"));
    for shard in 0..threads {
        let bells = folder_of(folder, shard);
        for slot in 0..channel::layout::LIMITS_SLOTS_MAX {
            let _ = std::fs::remove_file(Bell::path(&bells, slot));
        }
        if shard > 0 {
            let _ = std::fs::remove_dir(bells);
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    // Who starts it may leave it in its own process group, which gets the signals of its terminal. Refused to a leader: it has one.
    let _ = rustix::process::setpgid(None, None);
    channel::schedule::hasten(rustix::process::getpid());
    if let Some(cpu) = arguments.cpus.one {
        cpu::keep(None, cpu).map_err(|error| format!("CPU {cpu} can't be had: {error}"))?;
    }
    let mut engine = set_up(arguments)?;
    let outcome = arguments.plan.as_deref().map_or(Ok(()), |file| start_plan(&mut engine, file, arguments.until_done));
    if outcome.is_ok() {
        engine.run();
        if arguments.until_done {
            println!("{}", engine.statistics());
        }
    }
    engine.crew.end();
    clean_up(&arguments.folder, arguments.threads);
    outcome
}

/// Told to measure only, it does nothing else.
fn measured() -> Option<ExitCode> {
    (std::env::args_os().skip(1).eq(["--measure-wakeups"])).then(|| match wakeups::measure() {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("coven-engine: wake-ups can't be measured: {error}");
            ExitCode::FAILURE
        }
    })
}

fn main() -> ExitCode {
    if let Some(code) = measured() {
        return code;
    }
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
