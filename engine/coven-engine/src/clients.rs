//! The control socket's clients: lines in, lines out, both bounded. A client that vanishes or does not read is let go.
use channel::Poller;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};

const LINE_MAX: usize = 1 << 20;
const UNREAD_MAX: usize = 8 << 20;
const CLIENTS_MAX: usize = 1024;
/// Lines of one client that are served before it is another one's turn.
const TURN: usize = 64;

struct Client {
    stream: UnixStream,
    input: Vec<u8>,
    output: Vec<u8>,
    subscribed: bool,
    writing: bool,
}

/// All clients; each is known by a key, which is never used twice.
pub struct Clients {
    listener: UnixListener,
    clients: BTreeMap<u64, Client>,
    next: u64,
}

impl Clients {
    /// Listen. `first` is the first client's key; `key` the listener's.
    pub fn new(listener: UnixListener, poller: &Poller, key: u64, first: u64) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        poller.add(&listener, key)?;
        Ok(Self { listener, clients: BTreeMap::new(), next: first })
    }

    /// Take in who knocks.
    pub fn accept(&mut self, poller: &Poller) {
        while let Ok((stream, _)) = self.listener.accept() {
            let key = self.next;
            let welcome =
                self.clients.len() < CLIENTS_MAX && stream.set_nonblocking(true).is_ok() && poller.add(&stream, key).is_ok();
            if welcome {
                self.next += 1;
                self.clients
                    .insert(key, Client { stream, input: Vec::new(), output: Vec::new(), subscribed: false, writing: false });
            }
        }
    }

    /// Read what a client sent: whole lines. Gives `Err` with the last lines when it is to be let go.
    pub fn read(&mut self, key: u64) -> (Vec<String>, bool) {
        let Some(client) = self.clients.get_mut(&key) else { return (Vec::new(), false) };
        let mut chunk = [0; 16384];
        let mut open = true;
        for _ in 0..TURN {
            match client.stream.read(&mut chunk) {
                Ok(0) => open = false,
                Ok(count) => client.input.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => open = false,
            }
            if !open || client.input.len() > LINE_MAX {
                break;
            }
        }
        (client.lines(), open)
    }

    /// The unfinished line of this client is longer than a line may be.
    pub fn too_long(&self, key: u64) -> bool {
        self.clients.get(&key).is_some_and(|client| client.input.len() > LINE_MAX)
    }

    /// Let a client go.
    pub fn remove(&mut self, key: u64, poller: &Poller) {
        if let Some(client) = self.clients.remove(&key) {
            poller.remove(&client.stream);
        }
    }

    /// Have events sent to a client.
    pub fn subscribe(&mut self, key: u64) {
        if let Some(client) = self.clients.get_mut(&key) {
            client.subscribed = true;
        }
    }

    /// Send a line; to all subscribers without a key.
    pub fn send(&mut self, key: Option<u64>, message: &Value, poller: &Poller) {
        let line = format!("{message}\n");
        let to: Vec<u64> = match key {
            Some(key) => vec![key],
            None => self.clients.iter().filter(|(_, client)| client.subscribed).map(|(&key, _)| key).collect(),
        };
        for key in to {
            if let Some(client) = self.clients.get_mut(&key) {
                client.output.extend_from_slice(line.as_bytes());
            }
            self.write(key, poller);
        }
    }

    /// Write what waits, as much as the client takes.
    pub fn write(&mut self, key: u64, poller: &Poller) {
        let Some(client) = self.clients.get_mut(&key) else { return };
        if client.write().is_err() || client.output.len() > UNREAD_MAX {
            return self.remove(key, poller);
        }
        let waits = !client.output.is_empty();
        if waits != client.writing {
            client.writing = waits;
            let _ = poller.change(&client.stream, key, waits);
        }
    }
}

impl Client {
    fn lines(&mut self) -> Vec<String> {
        let Some(end) = self.input.iter().rposition(|&byte| byte == b'\n') else { return Vec::new() };
        let rest = self.input.split_off(end + 1);
        let whole = std::mem::replace(&mut self.input, rest);
        whole
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect()
    }

    fn write(&mut self) -> io::Result<()> {
        while !self.output.is_empty() {
            match self.stream.write(&self.output) {
                Ok(count) => drop(self.output.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
