"""Pages made to be slow: every regular expression, and every stage, takes time in proportion to what it reads."""

from __future__ import annotations

import ast
import gc
import importlib
import inspect
import re
import time
import types
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from re import _constants, _parser
from typing import Any

import pytest
from growth import FACTOR, grows_linearly

import povdata

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
def held(name: str) -> dict[Expression, bool]:
    """The expressions that a module holds, in whatever container, and whether they are only ever matched at a place.

    What functions without arguments keep in a cache is held too; what functions pass to `re` as they run is read out of
    the source.
    """
    module = importlib.import_module(name)
    for value in list(vars(module).values()):
        if hasattr(value, "cache_info") and value.__module__ == name and not inspect.signature(value).parameters:
            value()
    found = {(p.pattern, p.flags): False for p in (*_reachable(module), *_written(module).values())}
    for global_name, value in vars(module).items():
        if isinstance(value, re.Pattern):
            found[value.pattern, value.flags] = _uses(global_name) <= {"match", "fullmatch", "pattern"}
    return found


def _reachable(module: types.ModuleType) -> Iterator[re.Pattern[Any]]:
    """The expressions that the references of a module lead to, without those of other modules."""
    waiting = [value for name, value in vars(module).items() if not name.startswith("__")]
    seen = set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen or isinstance(value, types.ModuleType | types.CodeType):
            continue
        seen.add(id(value))
        if isinstance(value, re.Pattern):
            yield value
        elif not isinstance(value, types.FunctionType | type) or value.__module__ == module.__name__:
            named = vars(module) if isinstance(value, types.FunctionType) else None
            waiting += [other for other in gc.get_referents(value) if other is not named]


@cache
def _calls(module: types.ModuleType) -> list[ast.Call]:
    """The calls of functions of `re` in a module's source."""
    return [
        node
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr != "escape"
    ]


@cache
def _written(module: types.ModuleType) -> dict[ast.Call, re.Pattern[Any]]:
    """The expressions that stand in a module's calls of `re`, but for those put together inside a function."""
    found = {}
    for call in _calls(module):
        flags = [word.value for word in call.keywords if word.arg == "flags"]
        if call.func.attr == "compile":
            flags += call.args[1:]
        try:
            pattern, *flags = (eval(ast.unparse(value), vars(module)) for value in (call.args[0], *flags))
        except NameError:
            continue
        found[call] = re.compile(pattern, *flags)
    return found


@cache
def _uses(name: str) -> frozenset[str]:
    """The attributes that the package asks of a global of that name; `` for any other use."""
    used = set()
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        asked = {id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        used |= {
            asked.get(id(node), "")
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        }
    return frozenset(used)


def test_no_expression_is_overlooked() -> None:
    missing, count, found = [], 0, 0
    for name in MODULES:
        module = importlib.import_module(name)
        reachable = {(p.pattern, p.flags) for p in _reachable(module)}
        held(name)
        at_top = {id(node) for stop in _top(module) for node in ast.walk(stop)}
        for call, pattern in _written(module).items():
            if id(call) in at_top and (pattern.pattern, pattern.flags) not in reachable:
                missing.append((name, pattern.pattern))
        count += inspect.getsource(module).count("re.compile(")
        found += len(held(name))
    assert not missing
    assert found >= count > 300


def _top(module: types.ModuleType) -> list[ast.stmt]:
    statements = ast.parse(inspect.getsource(module)).body
    return [node for node in statements if not isinstance(node, ast.FunctionDef | ast.ClassDef)]


# Strings made out of an expression


_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
_LONG = 40
"""Repetitions from which on a bounded one is treated as if it had no bound."""
_ALPHABET = "汉一0a A　\n，。（(“《:：、年月日省市县.>\""
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
    found = {("", character, _END) for character in " 0　\n（“《一汉a，。:<\""}
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


# Tests of expressions

_SIZES = (20, 28, 40, 56, 80, 110, 300, 1000, 5000)
"""Growing slowly at first: what is exponential must show before it takes years."""


def _is_linear(work: Callable[[str], object], text: Hostile) -> bool:
    for size in _SIZES:
        given = text(size)
        if _seconds(work, given) > 0.005 + size * 1.5e-6 and min(_seconds(work, given) for _ in range(3)) > 0.005:
            if size < 1000:
                return False
            return grows_linearly(lambda n: work(text(n)), size // FACTOR) or grows_linearly(
                lambda n: work(text(n)), size
            )
    return True


def _seconds(work: Callable[[str], object], text: str) -> float:
    begin = time.process_time()
    work(text)
    return time.process_time() - begin


@pytest.mark.parametrize("name", MODULES)
def test_expressions_are_linear(name: str) -> None:
    slow = []
    for (pattern, flags), only_matched in held(name).items():
        expression = re.compile(pattern, flags)
        for text in hostile(expression):
            def work(given: str) -> None:
                data = given if isinstance(pattern, str) else given.encode()
                if only_matched:
                    expression.match(data)
                else:
                    for _ in expression.finditer(data):
                        pass
            if not _is_linear(work, text):
                slow.append((pattern, text.parts))
                break
    assert not slow
