package coven;

/** The run loop, and waiting: spin, yield twice, park P1 to P5 (spec/channel.md §2, §3 and §7). */
final class Loop {
    private static final int CLOCK_PASSES = 64; // between two looks at the clock while busy

    private final Channel channel;
    private final Epoch epoch;
    private final Transfer transfer;
    private final Agent agent;
    private final Burst burst;
    private volatile boolean signalled;
    private boolean bellDue;
    private long busySince; // System.nanoTime; 0: idle
    private int passes;
    private Waits waits = new Waits(Layout.PROFILE_BALANCED, 0);

    Loop(Channel channel, Epoch epoch, Transfer transfer, Agent agent) {
        this.channel = channel;
        this.epoch = epoch;
        this.transfer = transfer;
        this.agent = agent;
        Packet[] packets = new Packet[Layout.LIMITS_BURST_DEFAULT];
        for (int i = 0; i < packets.length; i++) packets[i] = new Packet(channel.frames, transfer, false);
        burst = new Burst(packets);
    }

    /** What is done with a burst before it is handed on. */
    interface Work {
        void on(Burst burst);
    }

    /** From another thread: as an order to stop. */
    void stop() {
        signalled = true;
        channel.wakeSelf();
    }

    void run(Work work) throws InterruptedException {
        channel.state(Layout.SLOT_STATE_RUNNING);
        while (pass()) {
            burst.size = transfer.take(burst.packets);
            if (burst.size == 0) {
                await();
                continue;
            }
            if (busySince == 0) busySince = System.nanoTime();
            work.on(burst);
            transfer.finish(burst.packets, burst.size);
            burst.size = 0;
        }
        transfer.flush();
        transfer.giveUpHeld();
        agent.close();
        if (!channel.hasFailed()) channel.state(Layout.SLOT_STATE_LEAVING);
    }

    private boolean mustStop() {
        return signalled || channel.mustStop();
    }

    /** Orders and agent. False when the component has to stop. */
    private boolean pass() {
        channel.beat();
        if (transfer.isHolding()) transfer.retryHeld();
        if (epoch.isOrdered()) epoch.change(transfer);
        if (agent.isWaiting()) agent.serve();
        transfer.flush();
        if (++passes % CLOCK_PASSES == 0 && busySince != 0) addBusy();
        return !mustStop();
    }

    private void addBusy() {
        long now = System.nanoTime();
        channel.count(Layout.COUNTER_BUSY_NS, now - busySince);
        busySince = now;
    }

    /** P2. */
    private boolean hasNews() {
        return mustStop() || agent.isWaiting() || epoch.isNews() || transfer.hasNews();
    }

    private void await() {
        if (busySince != 0) addBusy();
        busySince = 0;
        if (!waits.areOf(channel.profile(), channel.spinNs())) waits = new Waits(channel.profile(), channel.spinNs());
        long since = waits.count() ? System.nanoTime() : 0;
        boolean slept = !isAwaited() && arm();
        if (slept) sleep();
        if (waits.count()) waits.ended(System.nanoTime() - since, slept);
    }

    private void sleep() {
        channel.count(Layout.COUNTER_PARKS, 1);
        channel.bells.sleep();
        channel.unpark(); // P4; a bell that rings late costs one look for nothing
    }

    private boolean isAwaited() {
        long spin = waits.spinNs();
        if (hasNews() || spin > 0 && spin(spin)) return true;
        for (int i = 0; i < 2; i++) {
            Thread.yield();
            if (hasNews()) return true;
        }
        return false;
    }

    private boolean spin(long spin) {
        for (long start = System.nanoTime(); System.nanoTime() - start < spin;) {
            if (hasNews()) return true;
            if (waits.yield()) Thread.yield();
            else Thread.onSpinWait();
        }
        return false;
    }

    /** P1 and P2. False if there is something to do already. */
    private boolean arm() {
        if (bellDue) channel.bells.drain();
        bellDue = false;
        transfer.wantSpace();
        channel.park();
        if (!hasNews()) return true;
        if (!channel.unpark()) bellDue = true;
        return false;
    }
}
