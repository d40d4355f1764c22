"""The command `povdata`: build a dataset, check one, show how a page is read."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import click

from povdata import __version__

INPUT = click.Path(path_type=Path, readable=False)
"""Whether a path can be read is for the build to find out: an unreadable page is a reject, not a wrong command."""

ROLE_COLOURS = {
    "title": {"fg": "bright_white", "bold": True},
    "deck": {"fg": "bright_cyan"},
    "summary": {"fg": "bright_cyan"},
    "heading": {"fg": "bright_white"},
    "body": {"fg": "green"},
    "caption": {"fg": "cyan"},
    "metadata": {"fg": "yellow"},
    "credit": {"fg": "bright_yellow"},
    "contact": {"fg": "bright_yellow"},
}
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
CHROME_COLOUR = {"fg": "bright_black"}
"""Chrome of every kind is one colour: what a reader looks for is what was kept."""


class Failure(click.ClickException):
    """One line for the reader and exit code 2: the command could not do its work."""

    exit_code = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="povdata")
def main() -> None:
    """Make a validated dataset from raw news pages about China's campaign against poverty.

    \b
    Example:
      povdata build raw -o dist     pages in, Parquet and a dataset card out
      povdata check dist            is the dataset whole and true to its schema?
      povdata show raw/page.txt     how one page is read
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows no Chinese gets escapes, not a traceback
            stream.reconfigure(errors="backslashreplace")


@main.command()
@click.argument("raw", nargs=-1, required=True, type=INPUT)
@click.option("-o", "--out", required=True, type=INPUT, metavar="DIST", help="Folder to write the dataset into.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="Processes, of 1024 inputs at a time.  [default: one a core]"
)
@click.option("--max-bytes", type=click.IntRange(min=1), help="Larger inputs become rejects.  [default: 20000000]")
@click.option("--strict", is_flag=True, help="Exit 1 when any input became a reject.")
def build(raw: tuple[Path, ...], out: Path, workers: int | None, max_bytes: int | None, strict: bool) -> None:
    """Build a dataset from RAW: folders, searched to any depth, and single pages.

    An input that holds no article becomes a row of the table `rejects`, with the reason; it never stops the build.

    \b
    Example:
      povdata build raw -o dist
      povdata build pages/2019 pages/2020 more.txt -o dist --workers 4
    """
    from tqdm import tqdm

    from povdata import read
    from povdata.build import BuildError
    from povdata.build import build as build_dataset

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with tqdm(unit=" pages", desc="build", disable=None, leave=False) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            report = build_dataset(
                raw, out, workers=workers or _cores(), max_bytes=max_bytes or read.MAX_BYTES, progress=progress
            )
    except (read.InputError, BuildError) as error:
        raise Failure(str(error)) from error
    click.echo(
        f"{out}: articles {report.rows['articles']}, rejects {report.rows['rejects']}; "
        f"{report.pages} pages in {report.seconds:.1f} s, {report.pages / report.seconds:.0f} a second"
    )
    click.echo("rows: " + ", ".join(f"{table} {count}" for table, count in report.rows.items()))
    if report.rejects:
        click.echo("rejects: " + ", ".join(f"{code} {count}" for code, count in report.rejects.items()))
        for path, message in _first_rejects(out):
            click.echo(_harmless(f"  {path}: {message}"))
        if strict:
            raise SystemExit(1)


@main.command()
@click.argument("dist", type=INPUT)
def check(dist: Path) -> None:
    """Check the dataset in DIST: hashes, schemas, every row, keys, spans, tiling.

    Exits 1 and names what is wrong where something is. Figures that contradict the published national ones are
    warnings, which do not change the exit code.

    \b
    Example:
      povdata check dist
    """
    from itertools import islice

    from povdata.build.check import check as problems_of
    from povdata.build.check import warnings

    if not os.path.isdir(dist):
        raise Failure(f"{dist} is no folder; give the folder that `povdata build` wrote")
    most = 50
    problems = list(islice(problems_of(dist), most + 1))
    for problem in problems[:most]:
        click.echo(_harmless(problem))
    if len(problems) > most:
        click.echo(f"… and more; these are the first {most}")
    for warning in warnings(dist):
        click.echo(_harmless(f"warning: {warning}"))
    if problems:
        raise SystemExit(1)
    click.echo(f"{dist} is whole")


@main.command()
@click.argument("file", type=INPUT)
@click.option("--html", is_flag=True, help="Write one self-contained HTML page to standard output.")
def show(file: Path, html: bool) -> None:
    """Show how FILE is read: its segments with their roles, and the fields found.

    With --html, as a page for the browser: the text with its roles shaded, the rules on hover, the fields beside it.
    FILE itself stays as it is. Exits 1 where FILE is a reject, and says why.

    \b
    Example:
      povdata show raw/page.txt
      povdata show raw/page.txt | less -R
      povdata show --html raw/page.txt > page.html
    """
    from povdata import read
    from povdata.clean import clean
    from povdata.page import Rejection

    page = None
    try:
        (source, *others) = read.find([file])
        if others:
            raise Failure(f"{file} is a folder; give one page of it")
        page = read.read(source)
        document = clean(page)
    except read.InputError as error:
        raise Failure(str(error)) from error
    except Rejection as rejection:
        if html:
            from povdata.publish.page_report import reject_report

            _write_html(reject_report(source.raw_path, rejection, page))
        click.echo(_harmless(f"{file} is a reject ({rejection.error}): {rejection.message}"), err=html)
        raise SystemExit(1) from rejection
    if html:
        from povdata.publish.page_report import page_report

        _write_html(page_report(document))
        return
    for segment in document.segments:
        text = document.page.text[segment.start : segment.end].strip()
        colour = ROLE_COLOURS.get(segment.role, CHROME_COLOUR)
        for number, line in enumerate(text.splitlines() or [""]):
            label = f"{segment.role:>10}" if number == 0 else " " * 10
            click.echo(f"{click.style(label, dim=True)} {click.style(_harmless(line), **colour)}")
    click.echo()
    for name, value in document.article.items():
        if value not in (None, []):
            click.echo(f"{click.style(f'{name:>20}', dim=True)} {_harmless(_printed(value))}")


def _cores() -> int:
    """Cores that this process may use; not every system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _first_rejects(out: Path, most: int = 10) -> list[tuple[str, str]]:
    import pyarrow.parquet as pq

    rows = pq.read_table(out / "data" / "rejects").slice(0, most).to_pylist()
    return [(row["raw_path"], row["message"]) for row in rows]


def _write_html(text: str) -> None:
    """To standard output in UTF-8, which the page declares, whatever the terminal's encoding."""
    click.echo(text.encode("utf-8", "replace"), nl=False)


def _harmless(text: str) -> str:
    """Text of a page or of a file's name without what would command the terminal."""
    return _CONTROL.sub("\ufffd", text)


def _printed(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_printed(item) for item in value)
    if isinstance(value, dict):
        return " ".join(str(item) for item in value.values() if item is not None)
    return str(value)
