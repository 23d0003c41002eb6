package coven;

/** The author's function as work on bursts; whatever it throws is told to `Complaints`, and its packets get the verdict FAILED. */
final class Author {
    /** Hears of errors; `packet` is the one that the function failed on, `packets` how many are dropped for it. */
    interface Complaints {
        void failed(Throwable error, Packet packet, int packets);
    }

    private Author() {}

    static Loop.Work each(PacketFunction function, Complaints complaints) {
        return burst -> {
            for (int i = 0; i < burst.size; i++) {
                Packet packet = burst.packets[i];
                try {
                    packet.verdict = Packet.checked(function.decide(packet));
                } catch (Throwable error) {
                    packet.verdict = Verdict.FAILED;
                    complaints.failed(error, packet, 1);
                }
                packet.leave(); // one that was kept refuses use while others of its burst are worked on, too
            }
        };
    }

    /** Which packet a function over bursts failed on is not known: the first stands for them. */
    static Loop.Work bursts(BurstFunction function, Complaints complaints) {
        return burst -> {
            try {
                function.decide(burst);
            } catch (Throwable error) {
                for (int i = 0; i < burst.size; i++) burst.packets[i].verdict = Verdict.FAILED;
                complaints.failed(error, burst.packets[0], burst.size);
            }
        };
    }
}
