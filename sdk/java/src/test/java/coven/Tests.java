package coven;

import java.util.Objects;

/** Runs every test and ends with one line, `N passed, N failed`. */
public final class Tests {
    /** A test, which throws if it fails. */
    interface Body {
        void run() throws Exception;
    }

    private static int passed, failed;

    private Tests() {}

    static void test(String name, Body body) {
        try {
            body.run();
            passed++;
        } catch (Exception | AssertionError error) {
            failed++;
            System.out.println("failed: " + name + ": " + Failures.trace(error));
        }
    }

    static void equal(Object is, Object wanted) {
        if (!Objects.equals(is, wanted)) throw new AssertionError("is " + is + ", not " + wanted);
    }

    static void holds(String text, String... parts) {
        for (String part : parts) if (!text.contains(part)) throw new AssertionError("no " + part + " in " + text);
    }

    static void refused(Class<? extends Exception> kind, String part, Body body) throws Exception {
        try {
            body.run();
        } catch (Exception error) {
            if (!kind.isInstance(error)) throw error;
            holds(String.valueOf(error.getMessage()), part);
            return;
        }
        throw new AssertionError("was not refused: " + part);
    }

    public static void main(String[] arguments) throws java.io.IOException {
        JsonTest.run();
        VectorsTest.run();
        FlowTableTest.run();
        HarnessTest.run();
        AllocationTest.run();
        ItemsTest.run();
        ChannelTest.run();
        TableTest.run();
        TransferTest.run();
        AgentSocketTest.run();
        ComponentTest.run();
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed == 0 && passed > 0 ? 0 : 1);
    }
}
