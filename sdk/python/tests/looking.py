"""A look at one packet, from within a component's function."""
from coven import Verdict
from coven.testing import harness


def on(frame, look, **options):
    """What `look(packet)` returns for a packet of these bytes; and the packet afterwards."""
    seen = []

    def function(packet):
        seen.append(look(packet))
        return Verdict.FORWARD

    result = harness(function).packet(frame, **options)
    assert result.error is None, result.error
    return seen[0], result.data
