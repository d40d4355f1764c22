"""How the time of a piece of work grows with its input: what tells a linear program from a quadratic one."""

from __future__ import annotations

import time
from collections.abc import Callable

FACTOR = 8


def grows_linearly(work: Callable[[int], object], size: int) -> bool:
    """Whether `work(8 * size)` costs less than 24 times the processor time of `work(size)`.

    Linear growth costs 8 times as much and quadratic 64 times; between the two there is room for a busy machine, and a
    twentieth of a second is given, because clocks are coarse. What is below that says nothing: choose a size for which
    the quadratic program would take longer. A machine that is busy only ever adds to a time, so the least of a few
    counts, and one that is short enough is proof.
    """
    work(size)
    most = 3 * FACTOR * min(_seconds(work, size) for _ in range(2)) + 0.05
    return any(_seconds(work, FACTOR * size) < most for _ in range(5))


def _seconds(work: Callable[[int], object], size: int) -> float:
    begin = time.process_time()
    work(size)
    return time.process_time() - begin
