package coven;

/** How packets of the author's own come and go. */
interface Way {
    /** The descriptor of an empty frame; 0 if none is to be had (a good descriptor has an offset). */
    long lent();

    /** Hand a packet on, which is closed afterwards. */
    void forward(Packet packet, int output);

    int defaultLane();
}
