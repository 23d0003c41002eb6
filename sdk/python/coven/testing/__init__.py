"""Unit tests of a component, without the platform and without root.

    from coven.testing import harness

    def test_marked_packets_are_dropped():
        filter = harness("filter/main.py")
        assert filter.packet(frame, context=b"\\1").verdict == "drop"
        assert filter.item("dropped") == 1

The function gets its packets over a channel as on the platform, so that the same checks of life time and bounds hold. A process that
has imported this module runs no component: `run` and `run_burst` only note which function they were given.
"""
from coven.testing._capture import Frame, read_capture
from coven.testing._harness import Harness, Result, Results, Sent, harness

__all__ = ["Frame", "Harness", "Result", "Results", "Sent", "harness", "read_capture"]
