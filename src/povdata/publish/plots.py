"""The pictures of the dataset card, as PNG, which every Markdown viewer shows.

They are drawn with matplotlib's own font, so that they look the same on every machine. It has no Chinese: outlets go by
letters, which the card's table explains. Colours are those of Okabe and Ito, "Color universal design" (2008), which
colour-blind readers tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from povdata.publish.counts import Counts, ranked

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FOLDER = "plots"
"""Where a dataset's folder holds them."""
LETTERS = "ABCDEFGHIJKLMNO"
"""One for each of the outlets with most articles."""

_STACKED = 5
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9")
_OTHERS, _UNNAMED, _INK = "#8C8C8C", "#D0D0D0", "#222222"


def available() -> bool:
    """Whether pictures can be drawn here."""
    return find_spec("matplotlib") is not None


def draw(counts: Counts, names: dict[str, str], folder: Path) -> list[str]:
    """Draw what there is to be seen into a folder, in place of older pictures; gives the names of the files, each
    without its suffix. Draws none without matplotlib.

    names: code of a theme -> its English name.
    """
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    if not available():
        return []
    letters = list(zip(LETTERS, ranked(counts.outlets), strict=False))
    roles = [(role, n) for role, n in ranked(counts.characters) if n]
    themes = [(f"{names.get(code, '')} {code}".strip(), n) for code, n in ranked(counts.themes)[:20]]
    drawn = []
    if counts.years:
        _save(folder / "years.png", "Articles by year of publication", 4, lambda axes: _years(axes, counts))
        drawn.append("years")
    for name, title, bars, label in (
        ("outlets", "Articles by outlet", [(letter, n) for letter, (_, n) in letters], "articles"),
        ("roles", "Characters of the pages by role", roles, "characters"),
        ("themes", "Points by theme", themes, "points"),
    ):
        if bars:
            height = 1.2 + 0.26 * len(bars)
            _save(folder / f"{name}.png", title, height, lambda axes, b=bars, x=label: _bars(axes, b, x))
            drawn.append(name)
    return drawn


def _save(path: Path, title: str, height: float, fill: Callable[[Axes], None]) -> None:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(matplotlib.rcParamsDefault):
        matplotlib.rcParams.update(dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor"), _INK))
        figure = Figure(figsize=(8, height), dpi=120, layout="constrained", facecolor="white")
        axes = figure.add_subplot()
        fill(axes)
        axes.set_title(title, loc="left", fontsize=11)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_axisbelow(True)
        FigureCanvasAgg(figure)
        figure.savefig(path, metadata={"Software": None})


def _years(axes: Axes, counts: Counts) -> None:
    """Articles by year of publication, the outlets with most articles apart."""
    from matplotlib.ticker import MaxNLocator

    years = range(min(year for year, _ in counts.years), max(year for year, _ in counts.years) + 1)
    top = [outlet for outlet, _ in ranked(counts.outlets)[:_STACKED]]
    series = [
        (letter, colour, [counts.years[year, outlet] for year in years])
        for letter, colour, outlet in zip(LETTERS, _COLOURS, top, strict=False)
    ]
    of_year = {year: 0 for year in years}
    for (year, _), n in counts.years.items():
        of_year[year] += n
    unnamed = [counts.years[year, None] for year in years]
    named = [sum(values) for values in zip(*(values for *_, values in series), strict=True)] or [0] * len(years)
    others = [of_year[year] - some - none for year, some, none in zip(years, named, unnamed, strict=True)]
    base = [0] * len(years)
    for label, colour, values in (*series, ("other outlets", _OTHERS, others), ("outlet not named", _UNNAMED, unnamed)):
        if any(values):
            axes.bar(years, values, bottom=base, color=colour, edgecolor="white", linewidth=0.6, label=label)
            base = [low + value for low, value in zip(base, values, strict=True)]
    axes.set_ylabel("articles")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.grid(axis="y", color="#E5E5E5", linewidth=0.8)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1), reverse=True)


def _bars(axes: Axes, bars: Sequence[tuple[str, int]], label: str) -> None:
    from matplotlib.ticker import MaxNLocator

    names, values = [name for name, _ in bars], [n for _, n in bars]
    drawn = axes.barh(range(len(bars)), values, color=_COLOURS[0], height=0.7)
    axes.bar_label(drawn, labels=[f"{n:,}" for n in values], padding=3, fontsize=9)
    axes.set_yticks(range(len(bars)), names)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.margins(x=0.16)
    axes.set_xlim(left=0)
    axes.set_xlabel(label)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(axis="x", color="#E5E5E5", linewidth=0.8)
