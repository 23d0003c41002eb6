"""The run loop: verdicts, errors, leaving."""
import os
import subprocess
import sys

import pytest
from conftest import REPOSITORY, assert_balanced, environment

CONTRACT_EXAMPLE = """
from coven import run, counter, Verdict
dropped = counter("dropped", "packets", "marked packets discarded")
@run
def filter(packet):
    if packet.context[0] == 0: return Verdict.FORWARD
    dropped.add(1)
    return Verdict.DROP
"""


def test_the_example_of_the_contract(component):
    outcome = component(CONTRACT_EXAMPLE, "--packets", 10000, "--mark", 4, "--agent", "get dropped")
    assert_balanced(outcome)
    assert outcome.figures["returned"] == {"out": 7500}
    assert outcome.figures["dropped"] == {"component": 2500}
    assert outcome.answer() == {"name": "dropped", "value": 2500}


@pytest.mark.parametrize("lanes", [1, 3])
def test_forward(component, lanes):
    outcome = component(REPOSITORY / "examples/forward/forward-python/main.py", "--packets", 20000, "--lanes", lanes)
    assert_balanced(outcome)
    assert outcome.figures["returned"] == {"out": 20000}


def test_named_outputs(component):
    source = """
    from coven import run, Verdict
    aside = Verdict.to("suspicious")
    @run
    def branch(packet):
        return aside if packet.context[0] else Verdict.FORWARD
    """
    outcome = component(source, "--packets", 1000, "--mark", 10, "--outputs", "out,suspicious")
    assert_balanced(outcome)
    assert outcome.figures["returned"] == {"out": 900, "suspicious": 100}


def test_an_output_that_does_not_exist_is_named(component):
    outcome = component("import coven; coven.Verdict.to('nowhere')", "--packets", 1)
    assert outcome.figures["exit"] == 1
    assert "no output is named 'nowhere', only out" in outcome.stderr


def test_an_exception_drops_its_packet_and_no_other(component):
    source = """
    from coven import run, Verdict
    @run
    def fail(packet):
        if packet.context[0]:
            raise LookupError("marked")
        return Verdict.FORWARD
    """
    outcome = component(source, "--packets", 4000, "--mark", 4)
    assert_balanced(outcome)
    assert outcome.figures["returned"] == {"out": 3000}
    assert outcome.figures["dropped"] == {"component_error": 1000}
    assert outcome.figures["counters"]["errors"] == 1000
    assert 'raise LookupError("marked")' in outcome.stderr
    assert outcome.stderr.count("Traceback") < 100


@pytest.mark.parametrize(
    "value, complaint",
    [("None", "not None"), ("True", "not True"), ("'out'", "not 'out'"), ("65536", "not 65536"), ("-1", "not -1")],
)
def test_what_is_no_verdict_is_an_error(component, value, complaint):
    outcome = component(f"import coven\ncoven.run(lambda packet: {value})", "--packets", 64)
    assert_balanced(outcome)
    assert outcome.figures["dropped"] == {"component_error": 64}
    assert complaint in outcome.stderr


def test_burst_form(component):
    source = """
    from coven import run_burst, counter, Verdict
    dropped = counter("dropped")
    wrong = counter("wrong")
    @run_burst
    def filter(burst):
        marks = burst.context(0)
        wrong.add([packet.context[0] for packet in burst] != list(marks))
        wrong.add(burst.u16(12) != [packet.u16(12) for packet in burst])
        wrong.add(list(burst.u8(0)) != [packet[0] for packet in burst])
        wrong.add(len(burst) != len(marks) or set(burst.u8(60000)) != {0})
        dropped.add(burst.set_verdict(Verdict.DROP, marks))
        if burst[0].verdict == Verdict.DROP:
            burst[0].verdict = Verdict.FORWARD
    """
    outcome = component(source, "--packets", 10000, "--mark", 1, "--agent", "get wrong", "--agent", "get dropped")
    assert_balanced(outcome)
    assert outcome.answer(0)["value"] == 0
    assert outcome.answer(1)["value"] == 10000
    assert outcome.figures["returned"]["out"] == outcome.figures["counters"]["bursts"]


def test_a_burst_that_raises_is_dropped_whole(component):
    outcome = component("import coven\n@coven.run_burst\ndef fail(burst): 1 / 0", "--packets", 500)
    assert_balanced(outcome)
    assert outcome.figures["dropped"] == {"component_error": 500}
    assert "ZeroDivisionError" in outcome.stderr


def test_system_exit_leaves_in_order(component):
    source = """
    import sys
    from coven import run, Verdict
    @run
    def leave(packet):
        sys.exit(0)
    """
    outcome = component(source, "--packets", 100)
    assert outcome.figures["exit"] == 0
    assert outcome.figures["dropped"] == {"component_error": outcome.figures["counters"]["packets_in"]}
    assert "Traceback" not in outcome.stderr


# While its data plane is stopped the component is parked; another thread then needs the GIL, and the agent needs the loop.
PARKED = """
import os, signal, socket, threading
from coven import run, gauge, Verdict
answered = gauge("answered")
done = False

def ask():
    with socket.socket(socket.AF_UNIX) as agent:
        agent.connect(os.environ["COVEN_AGENT"])
        for _ in range(20):
            agent.sendall(b"check\\n")
            answered.value += b'"alive":true' in agent.recv(4096)

def elsewhere():
    try:
        %s
    finally:
        os.kill(os.getppid(), signal.SIGCONT)

@run
def forward(packet):
    global done
    if not done:
        done = True
        os.kill(os.getppid(), signal.SIGSTOP)
        threading.Thread(target=elsewhere).start()
    return Verdict.FORWARD
print("left in order")
"""


def test_waiting_lets_other_threads_run_and_the_agent_answers(component):
    outcome = component(PARKED % "ask()", "--packets", 1000, "--agent", "get answered")
    assert_balanced(outcome)
    assert outcome.answer()["value"] == 20


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_while_parked_makes_it_leave(component, name):
    outcome = component(PARKED % f"ask(); os.kill(os.getpid(), signal.{name})", "--packets", 100000000)
    assert outcome.figures["exit"] == 0
    assert "left in order" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_without_a_channel_it_says_so():
    bare = {name: value for name, value in environment().items() if not name.startswith("COVEN_")}
    done = subprocess.run([sys.executable, "-c", CONTRACT_EXAMPLE], env=bare, capture_output=True, text=True, timeout=60, cwd=os.sep)
    assert done.returncode == 1
    assert "COVEN_SLOT is not set" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_asyncio(component):
    source = """
    import asyncio, coven
    turns = coven.counter("turns")

    def forward(packet):
        return coven.Verdict.FORWARD

    async def count_turns():
        while True:
            await asyncio.sleep(0)
            turns.add(1)

    async def main():
        coven.attach()
        loop = asyncio.get_running_loop()
        stopped = loop.create_future()

        def ready():
            coven.disarm()
            while coven.step(forward):
                if coven.arm():
                    return
            loop.remove_reader(coven.event_fd())
            coven.detach()
            stopped.set_result(None)

        loop.add_reader(coven.event_fd(), ready)
        loop.call_soon(ready)
        counting = loop.create_task(count_turns())
        await stopped
        counting.cancel()

    asyncio.run(main())
    """
    outcome = component(source, "--packets", 5000, "--before", "check", "--agent", "get turns")
    assert_balanced(outcome)
    assert outcome.answer(0)["alive"] and outcome.answer(1)["value"] > 0
    assert outcome.figures["returned"] == {"out": 5000}


def test_what_is_called_at_the_wrong_time_is_refused(component):
    source = """
    import coven
    refused = coven.counter("refused")

    def refuses(function, *arguments):
        try:
            function(*arguments)
        except RuntimeError:
            refused.add()

    refuses(coven.event_fd)
    refuses(coven.packet_new, 60)

    @coven.run
    def inside(packet):
        if refused.value < 8:
            refuses(coven.attach)
            refuses(coven.detach)
            refuses(coven.step, inside_too)
        return coven.Verdict.FORWARD
    """.replace("inside_too", "print")
    outcome = component(source, "--packets", 100, "--agent", "get refused")
    assert_balanced(outcome)
    assert outcome.answer()["value"] == 8


def test_kill_and_garbage(component):
    forward = REPOSITORY / "examples/forward/forward-python/main.py"
    assert_balanced(component(forward, "--kill", "--rounds", 5, "--packets", 1000))
    outcome = component(forward, "--hostile", 7, "--rounds", 5)
    assert (outcome.status, outcome.figures["crashed"], outcome.figures["hung"]) == (0, 0, 0), outcome
