"""Waits of a consumer, and whether it spins before the next (spec/channel.md, section 3). Arithmetic on whole numbers."""
CAP, SHIFT = 16, 3


def vector(name, profile, spin_ns, waits):
    mean, steps = CAP * spin_ns, []
    for ns, slept in waits:
        seen = min(max(ns - spin_ns, 0) if slept else ns, CAP * spin_ns)
        mean = mean - mean // 2**SHIFT + seen // 2**SHIFT
        steps.append({"ns": ns, "slept": slept, "mean": mean, "spins": spins(profile, spin_ns, mean)})
    return {"name": name, "profile": profile, "spin_ns": spin_ns, "first": spins(profile, spin_ns, CAP * spin_ns), "waits": steps}


def spins(profile, spin_ns, mean):
    return spin_ns > 0 and {"balanced": mean <= spin_ns, "latency": True, "power": False}[profile]


def waits():
    budget = 50_000
    return [
        vector("traffic begins: it sleeps until short waits are the rule", "balanced", budget, [(60_000, True)] * 30),
        vector("one long wait ends it", "balanced", budget, [(5_000, False)] * 40 + [(10**9, False), (52_000, True)]),
        vector("packets now and then: never", "balanced", budget, [(5_000_000, True), (30_000, False)] * 12),
        vector("one long wait in twenty", "balanced", budget, ([(2_000, False)] * 19 + [(3_000_000, True)]) * 3),
        vector("waits as long as the budget", "balanced", budget, [(budget, False)] * 40),
        vector("waits a little longer than the budget", "balanced", budget, [(budget + 8, False)] * 40),
        vector("a sleep that was shorter than its own wake-up", "balanced", budget, [(10_000, True)] * 40),
        vector("the longest waits that there are", "balanced", 4_294_967_295, [(2**62, False), (2**62, True), (0, False)]),
        vector("no budget: somebody shares the CPU", "balanced", 0, [(0, False), (7, True), (10**9, False)]),
        vector("latency: always", "latency", budget, [(10**9, True)] * 3),
        vector("latency, but no budget", "latency", 0, [(5, False)]),
        vector("power: never", "power", budget, [(10, False)] * 40),
    ]
