// Byte 14 decides. An output that is not there would be an interface that is not there: byte 3 is dropped.
FromDevice(in) -> seen :: Counter -> deed :: Classifier(14/00, 14/02, -);
deed[0] -> Queue(512) -> ToDevice(out);
deed[1] -> Queue(512) -> ToDevice(side);
deed[2] -> Discard;
// Read by FromDevice so that nothing piles up there.
FromDevice(out) -> Discard;
