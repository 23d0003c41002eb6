// Drops what the analyzer has marked: context byte 0 is not zero. The context lies in an NSH before each packet (docs/netdev.md).
FromDevice(in) -> up :: Paint(0) -> mark :: Classifier(12/894F 22/00, -);
FromDevice(out) -> down :: Paint(1) -> mark;
mark[0] -> forwarded :: Counter -> way :: PaintSwitch;
mark[1] -> dropped :: Counter -> Discard;
way[0] -> Queue(512) -> ToDevice(out);
way[1] -> Queue(512) -> ToDevice(in);
