"""What the messages of each topic were taken for, as `coolwatch check` says it."""

from __future__ import annotations

from detector.service.setup.finding import Finding
from streams.formats.not_understood import listed, not_understood
from streams.formats.understood import Understood


def message_finding(topic: str, understood: Understood) -> Finding:
    """One line of the newest records of a topic: how many could be read, as what, and what is unexplained."""
    counts = understood.counts
    if not counts.records:
        return Finding("messages", True, f"{topic}: none there yet")
    shapes = ", ".join(f"{times} {shape}" for shape, times in understood.shapes.most_common() if times)
    says = f"{topic}: {counts.decoded} of the newest {counts.records} can be read"
    says += f" ({shapes})" if shapes else ""
    says += f", {counts.ignored} readings ignored"
    if understood.unclaimed:
        names = listed([name for name, _ in understood.unclaimed.most_common()])
        says += f"; names that nothing explains: {names}"
    wrong = [sentence.strip() for sentence in not_understood(understood, topic)]
    if not wrong and not understood.read and not counts.absent:
        wrong = [f"nothing of {topic} is a point that is known; coolwatch init proposes what its names mean"]
    if wrong:
        return Finding("messages", False, says, " ".join(wrong))
    return Finding("messages", True, says)
