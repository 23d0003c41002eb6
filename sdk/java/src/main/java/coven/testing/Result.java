package coven.testing;

import coven.Rehearsal;
import java.util.List;

/**
 * What became of a packet.
 *
 * @param verdict {@code out} or the name of another output, {@code drop}, or {@code error}
 * @param error what the function threw, or null
 * @param bytes the packet as it leaves, or as it was when it was dropped
 * @param context its 16 context bytes
 * @param sent the packets of its own that the component sent meanwhile
 */
public record Result(String verdict, Throwable error, byte[] bytes, byte[] context, List<Result> sent) {
    static Result of(Rehearsal.Outcome outcome) {
        return new Result(outcome.verdict(), outcome.error(), outcome.bytes(), outcome.context(), outcome.sent().stream().map(Result::of).toList());
    }
}
