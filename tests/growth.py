"""How the time of a piece of work grows with its input: what tells a linear program from a quadratic one."""

from __future__ import annotations

import time
from collections.abc import Callable

FACTOR = 8


def grows_linearly(work: Callable[[int], object], size: int) -> bool:
    """Whether `work(8 * size)` costs less than 24 times the processor time of `work(size)`.

    Linear growth costs 8 times as much and quadratic 64 times; between the two there is room for a busy machine. Times
    are the best of three, and a twentieth of a second is given, because clocks are coarse.
    """
    work(size)
    return _seconds(work, FACTOR * size) < 3 * FACTOR * _seconds(work, size) + 0.05


def _seconds(work: Callable[[int], object], size: int) -> float:
    best = float("inf")
    for _ in range(3):
        begin = time.process_time()
        work(size)
        best = min(best, time.process_time() - begin)
    return best
