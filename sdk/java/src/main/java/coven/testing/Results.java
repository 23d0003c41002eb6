package coven.testing;

import java.util.Iterator;
import java.util.List;

/** What became of the packets of a capture, in order. */
public record Results(List<Result> all) implements Iterable<Result> {
    public int size() {
        return all.size();
    }

    public Result get(int index) {
        return all.get(index);
    }

    /** How many had this verdict. */
    public long count(String verdict) {
        return all.stream().filter(result -> result.verdict().equals(verdict)).count();
    }

    @Override
    public Iterator<Result> iterator() {
        return all.iterator();
    }
}
