"""The examples in Python, as they stand."""
from conftest import REPOSITORY, assert_balanced

FIREWALL = REPOSITORY / "examples/l7-firewall"


def test_filter(component):
    outcome = component(FIREWALL / "filter-python/main.py", "--packets", 3000, "--mark", 3, "--agent", "get passed", "--agent", "get dropped")
    assert_balanced(outcome)
    assert outcome.figures["dropped"] == {"component": 1000}
    assert [answer["value"] for answer in outcome.figures["agent"]] == [2000, 1000]


def test_analyzer_forwards_everything_and_answers(component):
    requests = ("list", "set udp true", "set udp 1", "call flows", "call reset")
    outcome = component(FIREWALL / "analyzer/main.py", "--packets", 3000, *[word for request in requests for word in ("--agent", request)])
    assert_balanced(outcome)
    assert outcome.figures["returned"] == {"out": 3000}
    items = {item["name"]: item.get("value") for item in outcome.answer(0)["items"]}
    assert items == {
        "packets": 3000, "marked": 0, "flows_seen": 0, "skype_flows": 0, "tracked_flows": 0, "tracked_expired": 0, "tracked_evicted": 0,
        "udp": False, "flows": None, "reset": None,
    }
    assert outcome.answer(1) == {"name": "udp", "value": True}
    assert outcome.answer(2)["error"]["reason"] == "bad-value"
    assert (outcome.answer(3)["result"], outcome.answer(4)["result"]) == ([], {"flows": 0})
