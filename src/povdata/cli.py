"""The command `povdata`: build a dataset, check one, show how a page is read."""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from povdata import __version__

if TYPE_CHECKING:
    from povdata.read import Raw

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


_UNWRITTEN = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EAGAIN}


class _Commands(click.Group):
    """The commands, which say in one line what the system has against their output."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        if sys.stderr is None:
            sys.stderr = open(os.devnull, "w")
        if sys.stdout is None:  # the first file to be opened would take its place
            Failure("standard output is closed; leave it open, or send it into a file: > FILE").show()
            raise SystemExit(Failure.exit_code)
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            problem = _told(error)
            _flush()
        except SystemExit:
            if (lost := _flush()) is None:
                raise
            problem = _told(lost)
        Failure(_harmless(problem)).show()
        raise SystemExit(Failure.exit_code)


def _path(text: str) -> Path:
    if not text:  # a shell variable that is not set; a Path would make the folder one stands in of it
        raise click.BadParameter("it is empty; give a name")
    return Path(text)


def _dist(text: str) -> Path:
    from povdata.load import is_utf8

    if not is_utf8(text):
        raise click.BadParameter(f"{text!r} is not UTF-8, and what reads Parquet wants that; rename it")
    return _path(text)


def _flush() -> OSError | None:
    """Print what is still to be printed; where that cannot be, it is dropped. A closed pipe is no error."""
    try:
        sys.stdout.flush()
    except OSError as error:
        sys.stdout = open(os.devnull, "w")  # or the interpreter would complain when it ends
        return None if isinstance(error, BrokenPipeError) else error
    return None


def _told(error: OSError) -> str:
    if error.errno is None:  # povdata's own
        return str(error)
    if error.filename is not None:
        return f"{error.filename}: {error.strerror}; check the path, and whether you may read or write there"
    if error.errno in _UNWRITTEN:  # whatever else is written has a name
        return f"standard output cannot be written ({error.strerror}); send it to another place"
    return f"{error.strerror}; check that the files and the network can be reached, and run it again"


def _print_versions(context: click.Context) -> None:
    from povdata import manifest
    from povdata.load import _bundled
    from povdata.models import SCHEMA_VERSION

    click.echo(f"povdata {__version__}\nschema {SCHEMA_VERSION}")
    try:
        dist = _bundled()
        built_by = manifest.read(dist).povdata
        digest = sha256((dist / manifest.NAME).read_bytes()).hexdigest()
        click.echo(f"data {built_by}, manifest sha256:{digest}")
    except manifest.NoManifest:
        click.echo("data none, no dataset came with this package; `povdata build` makes one")
    context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, _, wanted: wanted and _print_versions(context),
    help="Show the versions of the package, the schema and the data that comes with it, and exit.",
)
def main() -> None:
    """Make a validated dataset from raw news pages about China's campaign against poverty.

    \b
    Example:
      povdata build raw -o dist     pages in, Parquet and a dataset card out
      povdata check dist            is the dataset whole and true to its schema?
      povdata push owner/name       dist on the Hugging Face Hub
      povdata show raw/page.txt     how one page is read
      povdata sql "FROM people"     the tables in SQL
      povdata export people -o people.xlsx
      povdata standoff -o brat      every span, for annotators
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows no Chinese gets escapes, not a traceback
            stream.reconfigure(errors="backslashreplace")


@main.command()
@click.argument("raw", nargs=-1, required=True)
@click.option("-o", "--out", required=True, type=_dist, metavar="DIST", help="Folder to write the dataset into.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="Processes, of about 1000 inputs at a time.  [default: one a core]"
)
@click.option("--scheduler", metavar="ADDRESS", help="Work on a dask.distributed cluster: tcp://host:8786.")
@click.option("--field", metavar="NAME", help="Field or column that holds the page.  [default: a common name]")
@click.option("--max-bytes", type=click.IntRange(min=1), help="Larger inputs become rejects.  [default: 20000000]")
@click.option("--keep-contacts", is_flag=True, help="Leave telephone numbers and e-mail addresses as printed.")
@click.option("--strict", is_flag=True, help="Exit 1 when any input became a reject.")
def build(
    raw: tuple[str, ...],
    out: Path,
    workers: int | None,
    scheduler: str | None,
    field: str | None,
    max_bytes: int | None,
    keep_contacts: bool,
    strict: bool,
) -> None:
    """Build a dataset from RAW: folders, searched to any depth, single pages, and containers of pages.

    An input that holds no article becomes a row of the table `rejects`, with the reason; it never stops the build.
    A build that was stopped goes on where it ended, and one into a dataset works only what is new.

    Lines of contacts, numbers of telephones, identity cards, bank cards and accounts, and e-mail addresses are masked,
    one █ a character, so that the dataset can be published; --keep-contacts leaves them in, for your own use.

    \b
    Example:
      povdata build raw -o dist
      povdata build pages/2019 pages/2020 more.txt -o dist --workers 4
      povdata build /shared/pages -o /shared/dist --scheduler tcp://host:8786
    """
    if workers and scheduler is not None:
        raise click.UsageError("--workers counts processes of this machine; leave it out with --scheduler")
    from tqdm import tqdm

    from povdata import read
    from povdata.build import BuildError
    from povdata.build import build as build_dataset

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with tqdm(unit=" pages", desc="build", disable=None, leave=False) as bar:

            def progress(done: int, total: int | None) -> None:
                bar.total = total
                bar.update(done - bar.n)

            report = build_dataset(
                raw,
                out,
                workers=workers or _cores(),
                scheduler=scheduler,
                max_bytes=max_bytes or read.MAX_BYTES,
                field=field,
                keep_contacts=keep_contacts,
                progress=progress,
            )
    except (read.InputError, BuildError) as error:
        raise Failure(str(error)) from error
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on where this one ended", err=True)
        raise SystemExit(130) from None
    taken = f"; {report.reused} pages were taken from an earlier build" if report.reused else ""
    click.echo(
        f"{out}: articles {report.rows['articles']}, rejects {report.rows['rejects']}; "
        f"{report.pages} pages in {report.seconds:.1f} s, {report.pages / report.seconds:.0f} a second{taken}"
    )
    click.echo("rows: " + ", ".join(f"{table} {count}" for table, count in report.rows.items()))
    if report.masked is None:
        click.echo("contacts: kept as printed; build without --keep-contacts before you publish")
    else:
        segments, spans, characters = report.masked
        click.echo(f"masked: contact segments {segments}, other numbers and addresses {spans}, characters {characters}")
    if not report.has_plots:
        click.echo('the card has no pictures, because matplotlib is missing: pip install "povdata[plots]"')
    if report.rejects:
        click.echo("rejects: " + ", ".join(f"{code} {count}" for code, count in report.rejects.items()))
        for path, message in _first_rejects(out):
            click.echo(_harmless(f"  {path}: {message}"))
        if strict:
            raise SystemExit(1)


@main.command()
@click.argument("dist", type=_dist)
def check(dist: Path) -> None:
    """Check the dataset in DIST: hashes, schemas, every row, keys, spans, tiling.

    Exits 1 and names what is wrong where something is. Figures that contradict the published national ones are
    warnings, which do not change the exit code.

    \b
    Example:
      povdata check dist
    """
    from povdata.build.check import check as problems_of
    from povdata.build.check import warnings as warnings_of

    if not os.path.isdir(dist):
        raise Failure(f"{dist} is no folder; give the folder that `povdata build` wrote")
    most = 50
    problems = list(islice(problems_of(dist), most + 1))
    for problem in problems[:most]:
        click.echo(_harmless(problem))
    if len(problems) > most:
        click.echo(f"… and more; these are the first {most}")
    for warning in warnings_of(dist):
        click.echo(_harmless(f"warning: {warning}"))
    if problems:
        raise SystemExit(1)
    click.echo(f"{dist} is whole")


@main.command()
@click.argument("repository", metavar="OWNER/NAME")
@click.argument("dist", type=_dist, default="dist")
@click.option("--private", is_flag=True, help="Let a new dataset on the Hub be private.")
@click.option("--revision", metavar="TAG", help="Tag of this version.  [default: v and povdata's version]")
@click.option("--dry-run", is_flag=True, help="Only tell what would be uploaded and removed.")
def push(repository: str, dist: Path, private: bool, revision: str | None, dry_run: bool) -> None:
    """Put the dataset in DIST on the Hugging Face Hub as OWNER/NAME.

    DIST is `dist` unless given. It is checked first, only what the Hub does not hold yet is uploaded, and the version
    gets a tag, by which readers find it again. A push that was stopped goes on with the same command.

    \b
    Example:
      povdata push owner/name --dry-run
      povdata push owner/name --revision v1.0
      povdata push owner/name other/dist --private
    """
    from povdata.publish.push import PushError
    from povdata.publish.push import push as push_dataset

    if sys.stderr.isatty():
        click.echo(f"checking {dist} …", err=True)
    try:
        pushed = push_dataset(repository, dist, private=private, revision=revision, dry_run=dry_run)
    except PushError as error:
        raise Failure(_harmless(str(error))) from error
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on where this one ended", err=True)
        raise SystemExit(130) from None
    if dry_run:
        for verb, paths in (("upload", pushed.uploaded), ("remove", pushed.removed)):
            for path in paths:
                click.echo(_harmless(f"would {verb} {path}"))
    click.echo(
        f"{'would upload' if dry_run else 'uploaded'} {len(pushed.uploaded)} files ({pushed.n_bytes / 1e6:.1f} MB), "
        f"remove{'' if dry_run else 'd'} {len(pushed.removed)}; {pushed.unchanged} were there"
    )
    if not dry_run:
        click.echo(pushed.url)
        click.echo(f'povdata.load(source="{repository}", revision="{pushed.revision}")')


@main.command("sql")
@click.argument("query")
@click.argument("dist", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    help="How rows are printed.  [default: table on a terminal, else csv]",
)
@click.option("--revision", metavar="TAG", help="Branch, tag or commit of a dataset on the Hub.")
def sql_command(query: str, dist: str | None, form: str | None, revision: str | None) -> None:
    """Ask the dataset in DIST a QUERY in SQL; the tables are views of their names. Needs povdata[duckdb].

    DIST is a folder that `povdata build` wrote, a dataset on the Hub (owner/name) or the URL of a folder; where it is
    left out, `dist` if there is one, else the data that comes with povdata. QUERY is - for standard input.

    \b
    Example:
      povdata sql "SELECT name, count(*) AS n FROM people GROUP BY name ORDER BY n DESC" dist
      povdata sql "FROM places WHERE poverty_county" --format csv > counties.csv
      povdata sql - < query.sql
    """
    from povdata.sql import connect

    form = form or ("table" if sys.stdout.isatty() else "csv")
    with _one_line_errors():
        if query == "-":
            query = _from_standard_input()
        connection = connect(query, source=_source(dist), revision=revision, is_sealed=True)
        try:
            _print_rows(connection.sql(query), form)
        except OverflowError as error:  # Python's days and times end where DuckDB's do not
            raise ValueError("a day or time lies outside the years 1 to 9999; cast it to VARCHAR") from error


@main.command("export")
@click.argument("table")
@click.argument("dist", required=False)
@click.option(
    "-o", "--out", required=True, type=_path, metavar="FILE", help="File to write: .csv, .jsonl, .xlsx, .parquet."
)
@click.option("--revision", metavar="TAG", help="Branch, tag or commit of a dataset on the Hub.")
def export_command(table: str, dist: str | None, out: Path, revision: str | None) -> None:
    """Write TABLE of the dataset in DIST into FILE, in the format that the end of its name says.

    DIST is a folder that `povdata build` wrote, a dataset on the Hub (owner/name) or the URL of a folder; where it is
    left out, `dist` if there is one, else the data that comes with povdata. A workbook (.xlsx) needs povdata[excel].

    \b
    Example:
      povdata export articles -o articles.csv
      povdata export people dist -o people.xlsx
    """
    from tqdm import tqdm

    from povdata.export import export

    with _one_line_errors(), tqdm(unit=" rows", desc="export", disable=None, leave=False) as bar:
        notes = export(table, out, source=_source(dist), revision=revision, progress=_moves(bar))
    for note in notes:
        click.echo(f"{out}: {note}", err=True)


@main.command("standoff")
@click.argument("dist", required=False)
@click.option("-o", "--out", required=True, type=_path, metavar="OUT", help="Folder for brat, or FILE.jsonl.")
@click.option("--article", "articles", multiple=True, metavar="ID", help="Only this article; may be given again.")
@click.option("--revision", metavar="TAG", help="Branch, tag or commit of a dataset on the Hub.")
def standoff_command(dist: str | None, out: Path, articles: tuple[str, ...], revision: str | None) -> None:
    """Write every span of the dataset in DIST as stand-off annotations, for people who annotate.

    OUT is a new folder, for brat (.txt and .ann), or a name that ends in .jsonl, for spaCy, Prodigy and doccano. DIST
    is a folder that `povdata build` wrote, a dataset on the Hub (owner/name) or the URL of a folder; where it is left
    out, `dist` if there is one, else the data that comes with povdata.

    \b
    Example:
      povdata standoff dist -o brat
      povdata standoff dist -o spans.jsonl --article 56676c3d9fc0c17b
    """
    from tqdm import tqdm

    from povdata.standoff import standoff

    with _one_line_errors(), tqdm(unit=" articles", desc="standoff", disable=None, leave=False) as bar:
        standoff(out, source=_source(dist), revision=revision, articles=articles, progress=_moves(bar))


@main.command()
@click.argument("file")
@click.option("--html", is_flag=True, help="Write one self-contained HTML page to standard output.")
@click.option("--field", metavar="NAME", help="Field or column that holds the page.  [default: a common name]")
def show(file: str, html: bool, field: str | None) -> None:
    """Show how FILE is read: its segments with their roles, and the fields found.

    FILE is a page, or one in a container: the container, `#`, and the number or path that it has there.

    With --html, as a page for the browser: the text with its roles shaded, the rules on hover, the fields beside it.
    FILE itself stays as it is. Exits 1 where FILE is a reject, and says why.

    \b
    Example:
      povdata show raw/page.txt
      povdata show raw/page.txt | less -R
      povdata show crawl.warc.gz#17
      povdata show --html raw/page.txt > page.html
    """
    from povdata import read
    from povdata.clean import clean
    from povdata.extract import extract
    from povdata.page import Rejection

    page = None
    try:
        raw = _raw(file, field)
        page = read.page(raw)
        document = clean(page)
        extract(document)  # settles the genre, and a day of publication that only a dateline tells
    except read.InputError as error:
        raise Failure(str(error)) from error
    except Rejection as rejection:
        if html:
            from povdata.publish.page_report import reject_report

            _write_html(reject_report(raw.source.raw_path, rejection, page))
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


def _raw(file: str, field: str | None) -> Raw:
    """The one page that a file is, or that stands at a place in a container."""
    from povdata import read

    container, _, member = file.partition("#")
    if member and not os.path.exists(file):
        for raw in read.raws([container], field=field):
            if raw.source.raw_path.endswith(f"#{member}"):
                return raw
        raise Failure(f"{container} holds no page {member}; `povdata build` names the pages of a container")
    raw, *others = islice(read.raws([file], field=field), 2)
    if others and os.path.isdir(file):
        raise Failure(f"{file} is a folder; give one page of it")
    if others:
        raise Failure(f"{file} holds several pages; give one of them: {file}#{raw.source.raw_path.rpartition('#')[2]}")
    return raw


def _source(dist: str | None) -> str | None:
    """What a command reads that is given no DIST: the dataset that a build wrote here, else the bundled one."""
    return "dist" if dist is None and os.path.exists("dist/manifest.json") else dist


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """What is wrong with the arguments or the data, and warnings, as one line each; a closed pipe is no error."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: click.echo(_harmless(f"warning: {message}"), err=True)
        try:
            yield
        except BrokenPipeError:
            _flush()
        except OSError as error:
            _flush()
            raise Failure(_harmless(_told(error))) from error
        except (ValueError, ImportError) as error:
            raise Failure(_harmless(str(error))) from error
        except Exception as error:
            if not type(error).__module__.endswith("duckdb"):
                raise
            message, line = re.match(r"(.*?)(?:(?<!\s)\s+LINE (\d+):.*)?$", str(error), re.DOTALL).groups()  # type: ignore[union-attr]
            at = f" (line {line})" if line not in (None, "1") else ""
            if type(error).__name__ == "PermissionException" or "configuration has been locked" in message:
                at += "; povdata sql only reads the dataset: other files and settings are for povdata.sql in Python"
            raise Failure(_harmless(" ".join(message.split()) + at)) from error


def _from_standard_input() -> str:
    if sys.stdin is None:
        raise Failure("standard input is closed; give the query there, or in place of -")
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except OSError as error:
        raise Failure(
            f"standard input cannot be read ({error.strerror}); give the query there, or in place of -"
        ) from None
    except UnicodeDecodeError:
        raise Failure("standard input is not UTF-8; save the query in UTF-8") from None


def _moves(bar: Any) -> Callable[[int, int | None], None]:
    def progress(done: int, total: int | None) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return progress


def _print_rows(relation: Any, form: str) -> None:
    """The rows of a relation of DuckDB's to standard output; a statement may have none."""
    from povdata.export import as_json, rows_of, write_csv

    if relation is None:
        return
    if form == "table":
        box = io.StringIO()
        size: dict[str, int] = {"max_width": shutil.get_terminal_size().columns}
        if not sys.stdout.isatty():
            size = {"max_width": 10**6, "max_rows": 10**9, "max_col_width": 10**6}
        with redirect_stdout(box):
            relation.show(**size)
        for line in box.getvalue().rstrip("\n").split("\n"):
            click.echo(_harmless(line))
        return
    names = relation.columns
    if any("INTERVAL" in str(kind) for kind in relation.types):  # of which Arrow makes three numbers
        kinds = enumerate(map(str, relation.types), 1)
        relation = relation.project(", ".join(f"#{n}::VARCHAR" if "INTERVAL" in kind else f"#{n}" for n, kind in kinds))
    rows = rows_of(relation.to_arrow_reader(1000))
    out = sys.stdout.buffer
    if form == "csv":
        write_csv(names, rows, out, end="\n")
    else:
        keys: list[str] = []
        for name in names:  # an object has each key once
            keys.append(next(k for n in range(len(names)) if (k := f"{name}_{n}" if n else name) not in keys))
        before = b"["
        for row in rows:
            out.write(before + b"\n" + as_json(dict(zip(keys, row, strict=True))).encode())
            before = b","
        out.write((b"[" if before == b"[" else b"\n") + b"]\n")
    out.flush()


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
