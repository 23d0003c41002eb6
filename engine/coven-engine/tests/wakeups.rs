//! `coven-engine --measure-wakeups` prints one line, and does nothing else.
mod support;

#[test]
fn wake_ups_are_measured_on_one_cpu_and_on_two() {
    let output = support::engine_command().arg("--measure-wakeups").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(told["same_ns"].as_u64().unwrap() > 0);
    let several = rustix::thread::sched_getaffinity(None).unwrap().count() > 1;
    assert_eq!(told["other_ns"].as_u64().is_some_and(|ns| ns > 0), several, "{told}");
}
