"""The pictures of the dataset card, as PNG, which every Markdown viewer and the Hub show.

They are drawn with matplotlib's own font, whatever other fonts there are, so that they look the same on every machine.
It has no Chinese: the outlets go by letters, which the table under the picture explains. Bars carry their numbers, and
need no axis. Colours are those of Okabe and Ito, "Color universal design" (2008), which colour-blind readers tell
apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from povdata.publish.counts import Counts, ranked

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = "plots"
"""Where a dataset's folder holds them."""


class Key(NamedTuple):
    letter: str
    colour: str
    rgb: str


KEYS = (
    Key("A", "blue", "#0072B2"),
    Key("B", "orange", "#E69F00"),
    Key("C", "green", "#009E73"),
    Key("D", "pink", "#CC79A7"),
    Key("E", "sky blue", "#56B4E9"),
)
"""How the outlets with most articles are told apart."""
OTHERS = Key("other outlets", "dark grey", "#8C8C8C")
UNNAMED = Key("outlet not named", "light grey", "#D0D0D0")

_INK = "#222222"


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
    import matplotlib

    pictures = {}
    with matplotlib.rc_context(matplotlib.rcParamsDefault):
        matplotlib.rcParams.update(dict.fromkeys(("text.color", "axes.edgecolor", "xtick.color", "ytick.color"), _INK))
        if counts.outlets:
            pictures["years"] = _years(counts)
        if roles := [(role, n) for role, n in ranked(counts.characters) if n]:
            pictures["roles"] = _bars("Characters of the pages by role of their segment", roles)
        if themes := ranked(counts.themes)[:20]:
            named = [(f"{names.get(code, '')} {code}".strip(), n) for code, n in themes]
            pictures["themes"] = _bars("Points by theme", named)
        for name, figure in pictures.items():
            _save(figure, folder / f"{name}.png")
    return list(pictures)


def _save(figure: Figure, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.image import imsave

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # savefig would draw a second time
    imsave(path, canvas.buffer_rgba(), metadata={"Software": None})


def _blank(title: str, height: float) -> Figure:
    """A figure with one axes and neither frame nor value axis."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, height), dpi=120, layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return figure


def _bars(title: str, bars: Sequence[tuple[str, int]]) -> Figure:
    """Bars from top to bottom, each between its name and its number."""
    figure = _blank(title, 0.6 + 0.26 * len(bars))
    (axes,) = figure.axes
    drawn = axes.barh(range(len(bars)), [n for _, n in bars], color=KEYS[0].rgb, height=0.7)
    axes.bar_label(drawn, labels=[f"{n:,}" for _, n in bars], padding=3, fontsize=9)
    axes.set_yticks(range(len(bars)), [name for name, _ in bars])
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlim(0, 1.12 * max(n for _, n in bars))
    axes.set_xticks([])
    return figure


def _years(counts: Counts) -> Figure:
    """A bar for each year of publication and one for the articles with no date, each in parts by outlet."""
    from matplotlib.ticker import MaxNLocator

    key_of = dict(zip((outlet for outlet, _ in ranked(counts.outlets)), KEYS, strict=False))
    key_of[None] = UNNAMED
    dated = [year for year, _ in counts.years]
    years = [*range(min(dated), max(dated) + 1)] if dated else []
    undated = years[-1] + 1.5 if years else 0.0
    parts: Counter[tuple[float, Key]] = Counter()
    for outlet, n in counts.outlets.items():
        parts[undated, key_of.get(outlet, OTHERS)] += n
    for (year, outlet), n in counts.years.items():
        key = key_of.get(outlet, OTHERS)
        parts[year, key] += n
        parts[undated, key] -= n

    figure = _blank("Articles by year of publication and outlet", 4)
    (axes,) = figure.axes
    places: list[float] = [*years, *([undated] if counts.outlets.total() > counts.dated else [])]
    tops = [0] * len(places)
    for key in (*KEYS, OTHERS, UNNAMED):
        values = [parts[place, key] for place in places]
        if any(values):
            drawn = axes.bar(
                places, values, bottom=tops, color=key.rgb, edgecolor="white", linewidth=0.6, label=key.letter
            )
            tops = [low + value for low, value in zip(tops, values, strict=True)]
    if len(places) <= 24:
        axes.bar_label(drawn, labels=[f"{n:,}" if n else "" for n in tops], padding=3, fontsize=9)
    ticks = [int(year) for year in MaxNLocator(12, integer=True).tick_values(years[0], years[-1])] if years else []
    ticks = [year for year in ticks if year in years]
    ticks += places[len(years) :]
    axes.set_xticks(ticks, ["no date" if tick == undated else str(tick) for tick in ticks])
    axes.set_xlim(places[0] - 0.8, places[-1] + 0.8)
    axes.set_ylim(0, 1.1 * max(tops))
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(True)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1), reverse=True)
    return figure
