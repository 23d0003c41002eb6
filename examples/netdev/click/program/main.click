// What comes in at `in` goes out at `out` and the other way, but for UDP to port 7. Knows Click and nothing of COVEN.
elementclass Way {
    $from, $to |
    FromDevice($from) -> kind :: Classifier(12/0800 23/11 36/0007, -);
    kind[0] -> dropped :: Counter -> Discard;
    kind[1] -> passed :: Counter -> Queue(512) -> ToDevice($to);
}
up :: Way(in, out);
down :: Way(out, in);
