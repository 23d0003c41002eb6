package coven;

/** What operators may call. */
@FunctionalInterface
public interface Command {
    /** Answers at once with a text, number, truth, map or list; what it throws is the reason why not. */
    Object call(String argument) throws Exception;
}
