package coven;

import static coven.Tests.equal;
import static coven.Tests.holds;
import static coven.Tests.test;

import coven.testing.Harness;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Whole components under the stand-in data plane, sdk/c/build/peer. */
final class ComponentTest {
    private static final Path PEER = Path.of("../c/build/peer");
    private static final Path FAILURES = Path.of("build/tests/failures");
    private static final String BALANCED = "{\"balanced\":true,";

    private record Outcome(int status, String out, String log) {}

    private ComponentTest() {}

    static void run() {
        if (!Files.isExecutable(PEER)) {
            System.out.println("SKIP sdk/java, components: " + PEER + " is not built (make -C sdk/c)");
            return;
        }
        examples();
        packets();
        failures();
        lives();
    }

    private static List<String> java(String main) {
        String folder = main.equals("Main@forward") ? "/forward" : main.equals("Main@filter") ? "/filter" : "";
        String[] words = main.split("[@ ]");
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-XX:+UseSerialGC", "-Xmx64m", "-cp"));
        command.add("build/tests" + folder + ":build/coven-sdk.jar");
        command.add(words[0]);
        if (main.contains(" ")) command.add(words[1]);
        return command;
    }

    private static Outcome ran(List<String> command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("coven-java", ".out"), log = Files.createTempFile("coven-java", ".log");
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().put("COVEN_FAILURES", FAILURES.toString());
            Process process = builder.redirectOutput(out.toFile()).redirectError(log.toFile()).start();
            if (!process.waitFor(200, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("took longer than 200 s: " + command);
            }
            return new Outcome(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8), Files.readString(log, StandardCharsets.UTF_8));
        } finally {
            Files.delete(out);
            Files.delete(log);
        }
    }

    private static Outcome underPeer(String main, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(PEER.toString()));
        command.addAll(List.of(options));
        command.add("--");
        command.addAll(java(main));
        return ran(command);
    }

    /**
     * Passes if everything balances and the peer's line, with what the component wrote, holds these parts; edges
     * that block make the counts exact. `_` in an option is a blank.
     */
    private static void balances(String name, String main, String options, String... parts) {
        test("component: " + name, () -> {
            Outcome outcome = underPeer(main, Stream.of(options.split(" ")).map(word -> word.replace('_', ' ')).toArray(String[]::new));
            holds(outcome.out, BALANCED);
            holds(outcome.out + outcome.log, parts);
            equal(outcome.status, 0);
        });
    }

    private static void examples() {
        balances("forwards", "Main@forward", "--packets 20000 --block", "\"returned\":{\"out\":20000},\"dropped\":{},\"context_changed\":0,\"corrupted\":0");
        balances("drops what is marked", "Main@filter", "--packets 20000 --block --mark 4 --before check --agent get_dropped", "\"returned\":{\"out\":15000},\"dropped\":{\"component\":5000}",
            "\"agent\":[{\"alive\":true,\"state\":\"running\",\"packets_in\":0,", "{\"name\":\"dropped\",\"value\":5000}");
        balances("lanes and edges that block", "Main@forward", "--packets 30000 --block --lanes 3 --limit 8", "\"returned\":{\"out\":30000},\"dropped\":{}");
        balances("a small pool, spinning", "Main@filter", "--packets 20000 --block --frames 64 --limit 16 --mark 2 --spin 50000", "\"returned\":{\"out\":10000}");
    }

    private static void packets() {
        String wrong = "\"agent\":[{\"name\":\"wrong\",\"result\":[]}]";
        balances("reads", "components.Reads", "--packets 5000 --block --agent call_wrong", "\"returned\":{\"out\":5000}", "\"corrupted\":0", wrong);
        balances("reads bursts", "components.Reads burst", "--packets 8000 --block --agent call_wrong", "\"returned\":{\"out\":6000},\"dropped\":{\"component\":2000}", wrong);
        balances("writes", "components.Writes", "--packets 3000 --block --modifies --agent call_wrong", "\"context_changed\":3000,\"corrupted\":3000", wrong);
        balances("names outputs", "components.Outputs", "--packets 6000 --block --outputs out,suspicious", "\"returned\":{\"out\":3000,\"suspicious\":3000}");
        balances("an output that is not there", "components.Outputs", "--packets 100 --block", "\"dropped\":{\"component_error\":50}", "no output is named suspicious", "there are: out at Outputs.java:");
        balances("makes and copies", "components.Creates", "--packets 20000 --creates --outputs out,copies --agent call_wrong", "\"created\":", wrong);
        balances("makes and copies, blocked", "components.Creates", "--packets 20000 --block --creates --outputs out,copies --limit 8 --agent call_wrong", wrong);
    }

    private static void failures() {
        test("component: an exception drops its packet alone, counted, and told without a flood", () -> {
            try (Stream<Path> before = Files.list(FAILURES)) {
                for (Path file : before.toList()) Files.delete(file);
            }
            Outcome outcome = underPeer("components.Fails", "--packets", "10000", "--block");
            holds(outcome.out, BALANCED, "\"dropped\":{\"component_error\":4000}", "\"errors\":4000");
            holds(outcome.log, "IndexOutOfBoundsException: offset", "not null", "IOException: checked", "StackOverflowError", "Fails.java:");
            holds(outcome.log, "IOException: checked at Fails.java:20; packet ", "of " + FAILURES + "/");
            equal(keptPackets(), 64L);
            int told = outcome.log.split("the function failed").length - 1;
            if (told > 100) throw new AssertionError(told + " reports");
        });
        test("component: an exception drops its burst", () -> {
            Outcome outcome = underPeer("components.Fails burst", "--packets", "2000", "--block");
            holds(outcome.out, BALANCED, "\"component_error\":", "\"component\":");
            holds(outcome.log, "of a burst of");
        });
        test("component: without a channel one line and status 1", () -> {
            Outcome outcome = ran(java("Main@forward"));
            equal(outcome.status, 1);
            equal(outcome.log, "component: channel: COVEN_SLOT is not set; components are started by COVEN, or by `coven dev`\n");
        });
    }

    private static long keptPackets() throws IOException {
        try (Stream<Path> files = Files.list(FAILURES)) {
            Path file = files.filter(path -> path.toString().endsWith(".pcap")).findFirst().orElseThrow(() -> new AssertionError("nothing in " + FAILURES));
            return Harness.with().function(packet -> Verdict.FORWARD).capture(file).size();
        }
    }

    private static void lives() {
        for (String signal : new String[] {"TERM", "INT"})
            balances("leaves in order at SIG" + signal, "components.Leaves", "--packets 1000 --block --agent call_leave_" + signal, "\"returned\":{\"out\":1000}", "\"exit\":0", "hook ran");
        balances("killed under load", "Main@filter", "--packets 2000 --kill --rounds 5 --mark 3", "5 kills");
        balances("killed under load while it makes packets", "components.Creates", "--packets 2000 --kill --rounds 5 --creates --outputs out,copies", "5 kills");
        for (String options : new String[] {"", " --block --limit 16"})
            for (int seed = 1; seed <= 2; seed++) {
                String words = "--hostile " + seed * 1000 + " --rounds 6 --creates --lanes 2 --outputs out,copies" + options;
                test("component: " + words, () -> {
                    Outcome outcome = underPeer("components.Creates", words.split(" "));
                    if (outcome.status != 0) throw new AssertionError(outcome.out + outcome.log);
                });
            }
    }
}
