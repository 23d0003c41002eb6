"""The detector on real captures, flow by flow. A flow is detected when any of its packets is marked."""
import csv
from collections import defaultdict
from ipaddress import ip_address
from pathlib import Path
from typing import Dict, FrozenSet, Set, Tuple

import pytest
from conftest import start
from coven.testing import harness

TCP, UDP = 6, 17
Key = Tuple[str, int, FrozenSet[Tuple[str, int]]]


def key_of(file: str, flow) -> Key:
    ends = [(flow.source_text, flow.source_port), (flow.destination_text, flow.destination_port)]
    return file, flow.protocol, frozenset(ends)


def address_text(column: str) -> str:
    """IPv6 addresses stand in the table as 32 digits without colons."""
    return str(ip_address(bytes.fromhex(column))) if len(column) == 32 else column


def read_truth(folder: Path) -> Dict[Key, bool]:
    truth = {}
    with open(folder / "ground-truth.tsv", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            ends = frozenset([(address_text(row["client"]), int(row["cport"])), (address_text(row["server"]), int(row["sport"]))])
            truth[row["file"], {"TCP": TCP, "UDP": UDP}[row["proto"]], ends] = row["skype"] == "1"
    return truth


def run_all(main: Path, folder: Path, udp: bool) -> Tuple[Set[Key], Set[Key]]:
    """(flows seen, flows detected) over every capture, each with an analyzer of its own."""
    seen, detected = set(), set()
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".pcap", ".pcapng")):
        analyzer = start(main, udp)
        flows = []

        def watched(packet):
            flows.append(packet.flow)
            return analyzer.function(packet)

        results = harness(watched).capture(path)
        for flow, result in zip(flows, results):
            if flow is None or not flow.source_port or flow.protocol not in (TCP, UDP):
                continue
            seen.add(key_of(path.name, flow))
            if result.context[0]:
                detected.add(key_of(path.name, flow))
    return seen, detected


class Score:
    """Flows without a row in the ground truth are not Skype's."""

    def __init__(self, seen, detected, truth, scope):
        flows = [key for key in seen if scope(key)]
        self.skype = sum(truth.get(key, False) for key in flows)
        self.right = sum(truth.get(key, False) for key in flows if key in detected)
        self.wrong = [key for key in flows if key in detected and not truth.get(key, False)]
        self.flows = len(flows)

    @property
    def recall(self):
        return self.right / self.skype

    @property
    def precision(self):
        return self.right / (self.right + len(self.wrong))

    def __str__(self):
        return f"precision {self.precision:.3f}, recall {self.recall:.3f} ({self.right} of {self.skype} Skype flows, {len(self.wrong)} wrong, {self.flows} flows)"


def is_tcp(key: Key) -> bool:
    return key[1] == TCP


def is_paper_scope(key: Key) -> bool:
    return is_tcp(key) and any(port in (80, 443) for _, port in key[2])


@pytest.fixture(scope="module")
def tcp_run(main, captures):
    return (*run_all(main, captures, udp=False), read_truth(captures))


def report(capsys, name, score):
    with capsys.disabled():
        print(f"\n{name}: {score}")


def test_every_row_of_the_truth_is_seen(tcp_run):
    seen, _, truth = tcp_run
    assert set(truth) <= seen


def test_ports_80_and_443(tcp_run, capsys):
    score = Score(*tcp_run, is_paper_scope)
    report(capsys, "TCP ports 80 and 443", score)
    assert score.precision == 1.0
    assert score.recall >= 0.85


def test_any_tcp_port(tcp_run, capsys):
    score = Score(*tcp_run, is_tcp)
    report(capsys, "any TCP port", score)
    assert score.recall >= 0.80
    assert score.wrong == []


def test_udp_is_off_by_default(tcp_run):
    _, detected, _ = tcp_run
    assert [key for key in detected if key[1] == UDP] == []


def test_udp_setting(main, captures, capsys):
    seen, detected = run_all(main, captures, udp=True)
    score = Score(seen, detected, read_truth(captures), lambda key: key[1] == UDP)
    report(capsys, "UDP, with the setting", score)
    by_file = defaultdict(int)
    for key in score.wrong:
        by_file[key[0]] += 1
    with capsys.disabled():
        print(f"UDP, wrong by capture: {dict(by_file)}")
    assert score.recall >= 0.95
    assert by_file["skype.pcap"] == 0
