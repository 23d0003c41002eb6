"""What operators see and do (spec/ea.md)."""
from conftest import assert_balanced

SOURCE = """
import coven
from coven import command, counter, gauge, setting, run, Verdict

seen = counter("seen", "packets", "packets seen")
counter("twice", read=lambda: 2 * seen.value)
temperature = gauge("temperature", "C", "how warm", initial=20.5)
gauge("name", read=lambda: "caf\\u00e9", initial="")
gauge("broken", read=lambda: 1 / 0)
limit = setting("limit", 10, "packets", "how many", accept=lambda value: value <= 100)
ratio = setting("ratio", 0.5)
label = setting("label", "none")
udp = setting("udp", False)

def even(value):
    if value % 2:
        raise ValueError("odd numbers bring bad luck")
setting("even", 2, accept=even)

@command("echo", "gives back its argument")
def echo(argument):
    return {"argument": argument, "limit": limit.value}

command("fail", "raises", lambda argument: [][1])
command("nothing", "", lambda argument: None)
command("huge", "", lambda argument: "x" * 100000)
command("odd", "", lambda argument: object())
command("leave", "", lambda argument: coven.detach())

@run
def see(packet):
    seen.add()
    temperature.set(temperature.value + 1)
    return Verdict.FORWARD
"""


def ask(component, *requests):
    outcome = component(SOURCE, "--packets", 100, *[word for request in requests for word in ("--agent", request)])
    assert_balanced(outcome)
    return outcome.figures["agent"]


def error(answer):
    return answer["error"]["reason"]


def test_list_is_complete(component):
    (answer,) = ask(component, "list")
    items = {item["name"]: item for item in answer["items"]}
    assert items["seen"] == {"name": "seen", "kind": "counter", "type": "integer", "unit": "packets", "help": "packets seen", "value": 100}
    assert (items["twice"]["value"], items["temperature"]["value"], items["name"]["value"]) == (200, 120.5, "caf\u00e9")
    assert [items[name]["type"] for name in ("temperature", "name", "udp", "echo")] == ["number", "string", "boolean", "command"]
    assert "value" not in items["broken"]
    assert len(items) == 16


def test_settings(component):
    answers = ask(component, "set limit 42", "set limit 101", "set limit true", "set limit 1.5", "set limit x", "get limit", "set ratio 2",
                  'set label "a b"', "set udp true", "set udp 1", "set even 3", "set even 4", "set seen 1")
    assert answers[0] == {"name": "limit", "value": 42}
    assert [error(answers[at]) for at in (1, 2, 3, 4)] == ["bad-value"] * 4
    assert answers[5]["value"] == 42
    assert answers[6]["value"] == 2.0
    assert answers[7]["value"] == "a b"
    assert answers[8]["value"] is True
    assert error(answers[9]) == "bad-value"
    assert "odd numbers bring bad luck" in answers[10]["error"]["text"]
    assert answers[11]["value"] == 4
    assert error(answers[12]) == "wrong-kind"


def test_numbers_that_json_or_other_languages_lack_are_refused(component):
    answers = ask(component, "set ratio NaN", "set ratio 1e999", "set ratio Infinity", "set even 9223372036854775808", "get ratio", "set even 9223372036854775806")
    assert [error(answer) for answer in answers[:4]] == ["bad-value"] * 4
    assert (answers[4]["value"], answers[5]["value"]) == (0.5, 9223372036854775806)


def test_a_setting_before_the_first_packet(component):
    outcome = component(SOURCE, "--packets", 10, "--before", "set limit 7", "--agent", "call echo")
    assert outcome.answer(1)["result"] == {"argument": "", "limit": 7}


def test_commands(component):
    answers = ask(component, "call echo two  words", "call fail", "call nothing", "call huge", "call odd", "call leave", "call seen", "check")
    assert answers[0]["result"]["argument"] == "two  words"
    assert error(answers[1]) == "failed" and "IndexError" in answers[1]["error"]["text"]
    assert answers[2] == {"name": "nothing", "result": None}
    assert error(answers[3]) == "failed"
    assert error(answers[4]) == "failed"
    assert error(answers[5]) == "failed" and "not from within" in answers[5]["error"]["text"]
    assert error(answers[6]) == "wrong-kind"
    assert answers[7]["packets_in"] == 100 and answers[7]["state"] == "running"


def test_items_that_can_not_be(component):
    source = """
    from coven import counter, gauge, setting
    counter("one")
    for wrong in (lambda: counter("one"), lambda: counter("Two"), lambda: counter(""), lambda: setting("three", None), lambda: gauge("x" * 64)):
        try:
            wrong()
        except (ValueError, TypeError):
            continue
        raise SystemExit(9)
    try:
        counter("four").add(-1)
    except OverflowError:
        raise SystemExit(0)
    """
    assert component(source, "--packets", 0).figures["exit"] == 0


def test_a_histogram(component):
    source = """
    import coven
    sizes = coven.histogram("sizes", "bytes", "frame lengths", (64, 256, 1024))
    powers = coven.histogram("powers")
    @coven.run
    def record(packet):
        sizes.record(packet.length)
        powers.record(packet.length)
        return coven.Verdict.FORWARD
    """
    outcome = component(source, "--packets", 1000, "--sizes", "100-100", "--agent", "get sizes", "--agent", "get powers", "--agent", "list")
    assert outcome.answer(0)["value"] == {"count": 1000, "sum": 100000, "buckets": [[64, 0], [256, 1000], [1024, 0]]}
    assert [128, 1000] in outcome.answer(1)["value"]["buckets"] and len(outcome.answer(1)["value"]["buckets"]) == 32
    assert [(item["kind"], item["unit"]) for item in outcome.answer(2)["items"]] == [("histogram", "bytes"), ("histogram", "")]
