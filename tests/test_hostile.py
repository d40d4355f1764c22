"""Pages made to be slow: every regular expression, and every stage, takes time in proportion to what it reads."""

from __future__ import annotations

import ast
import gc
import hashlib
import importlib
import inspect
import re
import time
import types
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from re import _constants, _parser
from typing import Any

import pytest
from growth import grows_linearly
from pages import PARAGRAPHS, page

import povdata
from povdata import read
from povdata.build.rules import by_column, page_problems
from povdata.clean import clean
from povdata.clean.lines import cues
from povdata.extract import extract
from povdata.lexicon import rows
from povdata.page import Rejection

ROOT = Path(povdata.__file__).parent
MODULES = sorted(
    ".".join(("povdata", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for path in ROOT.rglob("*.py")
    if path.name != "__main__.py"
)
Expression = tuple[str | bytes, int]
"""Pattern and flags."""


# Which expressions there are


@cache
def expressions(name: str) -> dict[Expression, bool]:
    """The expressions of a module, and whether each is only ever matched at one place and never searched for.

    They are all that its globals lead to, what its functions without arguments keep in a cache, and what stands in its
    calls of `re`.
    """
    module = importlib.import_module(name)
    for value in list(vars(module).values()):
        if hasattr(value, "cache_info") and value.__module__ == name and not inspect.signature(value).parameters:
            value()
    found = {}
    for function, expression in _written(module):
        found[expression] = found.get(expression, True) and function in ("match", "fullmatch")
    for expression, is_only_matched in _reachable(module):
        found[expression] = found.get(expression, True) and is_only_matched
    for global_name, value in list(vars(module).items()):
        if isinstance(value, re.Pattern):
            found[value.pattern, value.flags] = _uses(name, global_name) <= {"match", "fullmatch", "pattern"}
    return found


def _reachable(module: types.ModuleType) -> Iterator[tuple[Expression, bool]]:
    """The expressions that the references of a module lead to, without those of other modules, and whether it is a
    bound `match` that leads there."""
    waiting = [value for name, value in vars(module).items() if not name.startswith("__")]
    seen = set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen or isinstance(value, types.ModuleType | types.CodeType):
            continue
        seen.add(id(value))
        bound = value.__self__ if isinstance(value, types.BuiltinMethodType) else value
        if isinstance(bound, re.Pattern):
            yield (bound.pattern, bound.flags), value is not bound and value.__name__ in ("match", "fullmatch")
        elif not isinstance(value, types.FunctionType | type) or value.__module__ == module.__name__:
            waiting += [other for other in gc.get_referents(value) if other is not vars(module)]


def _written(module: types.ModuleType) -> Iterator[tuple[str, Expression]]:
    """Function and expression of each call of `re` in the source, without those that a function puts together."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _FUNCTIONS:
            flags = [word.value for word in node.keywords if word.arg == "flags"]
            flags += node.args[1:] if ast.unparse(node.func) == "re.compile" else node.args[2:]
            try:
                pattern, *values = (eval(ast.unparse(part), vars(module)) for part in (node.args[0], *flags))
            except NameError:
                continue
            compiled = re.compile(pattern, *[value for value in values if isinstance(value, re.RegexFlag)])
            yield ast.unparse(node.func).removeprefix("re."), (compiled.pattern, compiled.flags)


_FUNCTIONS = {f"re.{name}" for name in "compile match fullmatch search finditer findall split sub subn".split()}


def _uses(module: str, name: str) -> set[str]:
    """The attributes that the package asks of a global of a module; `` for any other use."""
    return set().union(
        *(_asked(other).get(name, ()) for other in MODULES if other == module or (module, name) in _imported(other))
    )


@cache
def _asked(module: str) -> dict[str, set[str]]:
    """The names that a module reads -> the attributes that it asks of them."""
    nodes = list(ast.walk(ast.parse(inspect.getsource(importlib.import_module(module)))))
    attributes = {id(node.value): node.attr for node in nodes if isinstance(node, ast.Attribute)}
    asked: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            asked.setdefault(node.id, set()).add(attributes.get(id(node), ""))
    return asked


@cache
def _imported(module: str) -> set[tuple[str | None, str]]:
    """Module and name of what a module imports."""
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {(node.module, alias.name) for node in imports for alias in node.names}


def test_no_expression_is_overlooked() -> None:
    for name in MODULES:
        module = importlib.import_module(name)
        named = {(value.pattern, value.flags) for value in vars(module).values() if isinstance(value, re.Pattern)}
        assert named <= {expression for expression, _ in _reachable(module)}
        assert named <= set(expressions(name))
    compiled = sum(inspect.getsource(importlib.import_module(name)).count("re.compile(") for name in MODULES)
    assert sum(len(expressions(name)) for name in MODULES) >= compiled > 300


# Strings made out of an expression


_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
_LONG = 40
"""Repetitions from which on a bounded one is treated as if it had no bound."""
_ALPHABET = '汉一0a A　\n，。（(“《:：、年月日省市县.>"'
_END = "\0"
"""A character that no expression asks for."""


class Hostile:
    """A string of any length: `before`, then `again` as often as there is room, then `after`."""

    def __init__(self, before: str, again: str, after: str):
        self.parts = before, again, after

    def __call__(self, size: int) -> str:
        before, again, after = self.parts
        return before + again * (size // len(again) + 1) + after


def hostile(pattern: re.Pattern[Any]) -> list[Hostile]:
    """Strings on which a careless expression backtracks.

    What it repeats, repeated, behind what stands before it and without; its matches and their beginnings, repeated;
    each with an end that fails it. With them runs of one character.
    """
    flags = pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    parsed = list(_parser.parse(pattern.pattern, flags))
    found = {("", character, _END) for character in ' 0　\n（“《一汉a，。:<"'}
    for variant in range(3):
        example = _example(parsed, variant)
        found |= {("", example[:size], _END) for size in {len(example), len(example) - 1, len(example) // 2, 1}}
    for before, repeated, ends in _repetitions(parsed, ""):
        for again, end in ((again, end) for again in repeated[:4] for end in ends):
            found |= {(before, again, end), ("", again, end), ("", before + again, end), ("", before, end)}
    return [Hostile(*parts) for parts in sorted(found) if parts[1] not in ("", _END)]


def _characters(item: tuple[Any, Any], of: str = _ALPHABET) -> list[str] | None:
    """Characters that an item of a parsed expression matches, some of many; None where it matches no single one."""
    code, value = item
    if code is _constants.LITERAL:
        return [chr(value)]
    if code in (_constants.NOT_LITERAL, _constants.ANY):
        return [c for c in of if c != (chr(value) if value else "\n")]
    if code is not _constants.IN:
        return None
    negated = value[0][0] is _constants.NEGATE
    own = [chr(n) for kind, n in value if kind is _constants.LITERAL]
    own += [chr(n) for kind, ends in value if kind is _constants.RANGE for n in ends]
    return [c for c in dict.fromkeys([*of, *(() if negated else own)]) if any(_holds(v, c) for v in value) != negated]


_CATEGORIES = {"DIGIT": str.isdigit, "SPACE": str.isspace, "WORD": lambda c: c.isalnum() or c == "_"}


def _holds(member: tuple[Any, Any], character: str) -> bool:
    """Whether a member of a character class is, or holds, a character."""
    code, value = member
    if code is _constants.LITERAL:
        return value == ord(character)
    if code is _constants.RANGE:
        return value[0] <= ord(character) <= value[1]
    if code is not _constants.CATEGORY:
        return False
    negated, name = "NOT" in str(value), str(value).rpartition("_")[2]
    return _CATEGORIES[name](character) != negated


def _example(parsed: Iterable[tuple[Any, Any]], variant: int = 0) -> str:
    """A string that an expression matches, or nearly: look-aheads are not kept."""
    text = ""
    for code, value in parsed:
        if characters := _characters((code, value)):
            text += characters[variant % len(characters)]
        elif code is _constants.BRANCH:
            text += _example(value[1][variant % len(value[1])], variant)
        elif code in _REPEATS:
            text += _example(value[2], variant) * max(value[0], min(1, value[1]))
        elif code is _constants.SUBPATTERN or (code is _constants.ASSERT and value[0] < 0):
            text += _example(value[-1], variant)
        elif code is _constants.ATOMIC_GROUP:
            text += _example(value, variant)
    return text


def _repetitions(parsed: Iterable[tuple[Any, Any]], before: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """What may stand before each long repetition, what it repeats, and ends that stop it."""
    for code, value in parsed:
        if code in _REPEATS:
            _, most, body = value
            if most >= _LONG:
                repeated = _characters(body[0]) if len(body) == 1 else None
                repeated = repeated or [text for k in range(4) if (text := _example(body, k))]
                stops = [c for c in "，。\n”> x的" if not (len(body) == 1 and c in (_characters(body[0], c) or ()))]
                yield before, repeated, [_END, *stops[:1]]
            yield from _repetitions(body, before)
        elif code is _constants.BRANCH:
            for alternative in value[1]:
                yield from _repetitions(alternative, before)
        elif code in (_constants.SUBPATTERN, _constants.ASSERT, _constants.ASSERT_NOT):
            yield from _repetitions(value[-1], before)
        elif code is _constants.ATOMIC_GROUP:
            yield from _repetitions(value, before)
        before += _example([(code, value)])


# Time


_SIZES = (20, 28, 40, 56, 80, 110, 300, 2000, 6000)
"""Growing slowly at first: what is exponential must show before it takes years."""


def _is_linear(work: Callable[[str], object], text: Hostile) -> bool:
    """Whether `work` takes time in proportion to the text; looked at closer only where it is not fast anyhow."""
    for size in _SIZES:
        given = text(size)
        most = 0.001 + size * 2e-6
        if _seconds(work, given) < most or min(_seconds(work, given) for _ in range(3)) < most:
            continue
        if size >= 2000:
            return grows_linearly(lambda n: work(text(n)), size)
        if size < 200 and min(_seconds(work, given) for _ in range(3)) > 0.02:
            return False
    return True


def _seconds(work: Callable[[str], object], text: str) -> float:
    begin = time.process_time()
    work(text)
    return time.process_time() - begin


def _through(text: str) -> None:
    """A page through every stage, its rows against each other included."""
    data = text.encode()
    source = read.Source(None, "page.html" if text.startswith("<html>") else "page.txt")
    shown = read.page(read.Raw(source, data, hashlib.sha256(data).hexdigest(), len(data)))
    try:
        document = clean(shown)
    except Rejection:
        return
    assert not list(page_problems(by_column(extract(document)), shown.text))


@pytest.fixture(scope="module", autouse=True)
def filled() -> None:
    """The caches that hold expressions have been filled, before a test here leaves something of its own in one."""
    for family in {row["family"] for row in rows("families")}:
        cues(family)
    _through(page())
    for name in MODULES:
        expressions(name)


@pytest.mark.parametrize("module", MODULES)
def test_expressions_are_linear(module: str) -> None:
    slow = []
    for (pattern, flags), is_only_matched in expressions(module).items():
        expression = re.compile(pattern, flags)

        def work(text: str, expression=expression, is_only_matched=is_only_matched) -> None:
            data = text if isinstance(expression.pattern, str) else text.encode()
            if is_only_matched:
                expression.match(data)
            else:
                for _ in expression.finditer(data):
                    pass

        slow += islice(((pattern, text.parts) for text in hostile(expression) if not _is_linear(work, text)), 1)
    assert not slow


# Whole pages


def _repeated(text: str) -> Callable[[int], str]:
    return lambda size: text * (size // len(text) + 1)


def _numbered(pattern: str) -> Callable[[int], str]:
    return lambda size: "".join(pattern.format(n) for n in range(size // len(pattern) + 1))


LONG: dict[str, Callable[[int], str]] = {
    "sentences": _repeated(PARAGRAPHS[1]),
    "paragraphs": _repeated(PARAGRAPHS[1] + "\n"),
    "numbered lines": _numbered("第{}号村的账目已经核实完毕。\n"),
    "menu lines": _numbered("频道{}\n"),
    "a menu": _repeated("首页|新闻|图片|视频|"),
    "lines of one character": _repeated("村\n"),
    "digits": _repeated("1234567890"),
    "spaces": _repeated(" 　"),
    "surnames": _repeated("王李张刘"),
    "no words": _repeated("市"),
    "quotations never closed": _repeated("他说：“好。"),
    "quotations never closed in lines": _repeated("他说：“好。\n"),
    "brackets": _repeated("（《「【"),
    "marks": _repeated("，。、；：“”"),
    "posts and names": _repeated("县委书记宋明远、县长何静文、"),
    "speakers": _repeated("宋明远指出，何静文强调，"),
    "a pronoun far from its name": _repeated("会议贫困户走访，他说，好，"),
    "dates": _repeated("2019年3月5日至"),
    "places": _repeated("四川省成都市锦江区、"),
    "points": _repeated("一要抓好产业。二要抓好就业，"),
    "figures": _numbered("贫困人口{}人，增长3.5%，"),
    "meetings": _repeated("3月5日，云溪县召开会议。"),
    "labels": _repeated("来源：云溪日报 作者：王明 "),
}


@pytest.mark.parametrize("kind", LONG)
def test_text_pages_are_linear(kind: str) -> None:
    long = LONG[kind]
    assert grows_linearly(lambda size: _through(page(paragraphs=(*PARAGRAPHS, PARAGRAPHS[1] + long(size)))), 4000)


MARKUP: dict[str, Callable[[int], str]] = {
    "nested blocks": _repeated("<div>"),
    "nested lists": _repeated("<ul><li>村"),
    "formatting never closed": _repeated("<b><p>村"),
    "links": _numbered("<li><a href='/{}.html'>新闻</a></li>"),
    "one attribute": lambda size: f"<div title='{'x' * size}'>村</div>",
    "many attributes": lambda size: f"<div {''.join(f'a{n}=1 ' for n in range(size // 6))}>村</div>",
    "tags never closed": _repeated("<a href='"),
    "comments never closed": _repeated("<!--"),
    "scripts never closed": _repeated("<script>"),
    "entities": _repeated("&nbsp;&lt;"),
    "data": lambda size: f"<script type='application/ld+json'>{'[' * size}</script>",
}


@pytest.mark.parametrize("kind", MARKUP)
def test_html_pages_are_linear(kind: str) -> None:
    story = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    begin = f"<html><head><title>云溪县召开脱贫攻坚推进会</title></head><body><h1>云溪县召开脱贫攻坚推进会</h1>{story}"
    assert grows_linearly(lambda size: _through(f"{begin}{MARKUP[kind](size)}</body></html>"), 4000)
