package components;

import coven.Coven;
import coven.Verdict;

/** Sends itself the signal that `leave` names, whatever its author has left running. */
public final class Leaves {
    public static void main(String[] arguments) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.err.println("hook ran")));
        new Thread(() -> {
            while (true) java.util.concurrent.locks.LockSupport.park();
        }).start();
        Coven.command("leave", "", signal -> new ProcessBuilder("kill", "-" + signal, "" + ProcessHandle.current().pid()).start().pid() > 0);
        Coven.run(packet -> Verdict.FORWARD);
    }
}
