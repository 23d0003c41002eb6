import coven.Coven;
import coven.Verdict;

public final class Main {
    public static void main(String[] arguments) {
        var seen = Coven.counter("seen", "packets", "packets that came");
        var mark = Coven.setting("mark", 7, "", "what is added to the context");
        Coven.command("echo", "gives back its argument", argument -> argument);
        Verdict[] verdicts = {Verdict.FORWARD, Verdict.DROP, Verdict.to("side"), Verdict.to("nowhere")};
        Coven.run(packet -> {
            seen.add(1);
            packet.setContext(1, (int) (packet.context(0) + mark.value()) & 255);
            return verdicts[packet.u8(14) & 3];
        });
    }
}
