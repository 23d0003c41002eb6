"""The rules of skype.py, on payloads."""
import skype
from skype import Opening, client_rule, datagram_rule, is_reply_to, server_rule

HELLO = skype._HELLO + skype._CHALLENGE_RING[100:116]
RANDOM = bytes(range(0x80, 0xA0))


def test_s1_needs_the_hello_and_a_challenge_on_the_ring():
    assert client_rule(HELLO) == "S1"
    assert client_rule(HELLO[:-1]) is None
    assert client_rule(HELLO + b"\0") is None
    assert client_rule(HELLO[:-1] + bytes([HELLO[-1] ^ 1])) is None
    assert server_rule(HELLO) is None


def test_s2_is_79_bytes_from_the_server():
    hello = bytes.fromhex("160301004a020000460301401be48602ade029").ljust(79, b"\x55")
    assert server_rule(hello) == "S2"
    assert server_rule(hello + b"\0") is None
    assert client_rule(hello) is None


def test_s3_is_an_empty_record_and_its_direction_counts():
    assert client_rule(b"\x16\x03\x01\x00\x00") == "S3"
    assert server_rule(b"\x17\x03\x01\x00\x00") == "S3"
    assert server_rule(b"\x16\x03\x01\x00\x00") is None
    assert client_rule(b"\x17\x03\x01\x00\x00") is None


def test_s4_is_a_sign_behind_the_record_header():
    assert client_rule(bytes.fromhex("16030100eb42cdefe740d72f1d") + RANDOM) == "S4"
    assert client_rule(bytes.fromhex("16030100104103000980400408c0") + RANDOM) == "S4"
    assert client_rule(bytes.fromhex("16030100ba010000b60303") + RANDOM) is None


def test_s5_needs_path_and_host():
    request = b"GET /ui/0/7.5/en/getlatestversion?ver=1 HTTP/1.1\r\nHost: %s\r\n\r\n"
    assert client_rule(request % b"ui.skype.com") == "S5"
    assert client_rule(b"GET http://ui.skype.com/ui/0/getLatestVersion HTTP/1.0\r\n\r\n") == "S5"
    assert client_rule(request % b"example.com") is None
    assert client_rule(b"GET /search?q=getlatestversion HTTP/1.1\r\nHost: ui.skype.com\r\n\r\n") is None


def feed(*payloads):
    opening = Opening()
    return [opening.feed(side == "c", sequence, payload) for side, sequence, payload in payloads]


def test_s6_is_three_payloads_of_the_right_shape():
    assert feed(("c", 1, RANDOM), ("s", 9, RANDOM), ("c", 33, RANDOM[:8])) == [False, False, True]


def test_s6_ignores_retransmissions():
    assert feed(("c", 1, RANDOM), ("c", 1, RANDOM), ("s", 9, RANDOM), ("c", 1, RANDOM), ("s", 9, RANDOM), ("c", 33, RANDOM[:8]))[-1]


def test_s6_refuses_other_shapes():
    assert not any(feed(("s", 9, RANDOM), ("c", 1, RANDOM), ("s", 41, RANDOM), ("c", 33, RANDOM[:8])))
    assert not any(feed(("c", 1, RANDOM[:13]), ("s", 9, RANDOM), ("c", 14, RANDOM[:8])))
    assert not any(feed(("c", 1, RANDOM), ("s", 9, RANDOM), ("c", 33, RANDOM[:9]), ("c", 42, RANDOM[:8])))
    assert not any(feed(("c", 1, RANDOM), ("s", 9, RANDOM * 4), ("c", 33, RANDOM[:8])))


def test_s6_refuses_plain_text():
    assert not any(feed(("c", 1, b"HELLO example.org\r\n"), ("s", 9, b"250 mail.example.org\r\n"), ("c", 20, b"LOGOUT\r\n")))


def test_s7_and_s8():
    assert datagram_rule(b"\x12\x34\x02" + RANDOM) == "S7"
    assert datagram_rule(b"\x12\x34\x02" + RANDOM[:14]) is None
    assert datagram_rule(b"\x12\x34\x03" + RANDOM) is None
    reply = b"\x12\x34\x75" + RANDOM[:8]
    assert is_reply_to(reply, b"\x12\x34")
    assert not is_reply_to(reply, b"\x12\x35")
    assert not is_reply_to(reply, None)
    assert not is_reply_to(reply + b"\0", b"\x12\x34")
