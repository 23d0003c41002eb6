package coven;

/** A channel that this library can't or must not use: one line for the person who reads the log. */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1;

    Refusal(String format, Object... arguments) {
        super(String.format(format, arguments), null, false, false);
    }
}
