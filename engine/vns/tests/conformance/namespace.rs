//! A network of its own for a test: the test binary starts itself again for one test, in new user and network namespaces.
use std::process::Command;

const INSIDE: &str = "COVEN_TEST_NETWORK";

/// True: this is the inside, with the pair `va` and `vb`, up. False: the test ran inside, and passed, or can't run here.
pub fn inside(test: &str) -> bool {
    within(test, &["--user", "--map-root-user", "--net"])
}

/// The same with the rights that the tests have on the host itself, which no user namespace gives.
pub fn inside_as_we_are(test: &str) -> bool {
    within(test, &["--net"])
}

fn within(test: &str, namespaces: &[&str]) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        make_pair();
        return true;
    }
    if let Err(why) = permitted(namespaces) {
        println!("SKIP {test}: it needs a network namespace: {why}");
        return false;
    }
    let own = std::env::current_exe().unwrap();
    let run = unshare(namespaces)
        .arg(own)
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    print!("{said}");
    assert!(run.status.success() && said.contains("1 passed"), "{test} failed in its namespace");
    false
}

fn unshare(namespaces: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(namespaces);
    command
}

fn permitted(namespaces: &[&str]) -> Result<(), String> {
    let tried = unshare(namespaces).args(["ip", "link"]).output().map_err(|error| format!("unshare: {error}"))?;
    if tried.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&tried.stderr).into_owned())
    }
}

/// One `ip` command; its words are separated by spaces.
pub fn ip(words: &str) {
    let done = Command::new("ip").args(words.split(' ')).output().unwrap();
    assert!(done.status.success(), "ip {words}: {}", String::from_utf8_lossy(&done.stderr));
}

pub fn make_pair() {
    ip("link add va type veth peer name vb");
    bring_up();
}

/// Without IPv6, so that nothing is sent that the test does not send.
pub fn bring_up() {
    for end in ["va", "vb"] {
        ip(&format!("link set {end} addrgenmode none"));
        ip(&format!("link set {end} up"));
    }
}
