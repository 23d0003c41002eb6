use coven::{command, counter, run, setting, Verdict};

fn main() -> std::process::ExitCode {
    let seen = counter("seen", "packets", "packets that came");
    let mark = setting("mark", 7i64, "", "what is added to the context");
    command("echo", "gives back its argument", |argument| Ok(argument.to_string()));
    let verdicts = [Verdict::Forward, Verdict::Drop, Verdict::to("side"), Verdict::to("nowhere")];
    run(move |packet| {
        seen.add(1);
        packet.context_mut()[1] = packet.context()[0].wrapping_add(mark.value() as u8);
        verdicts[usize::from(packet.data()[14] & 3)]
    })
}
