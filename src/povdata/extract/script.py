"""Traditional script: the characters that the rules and lexicons look for, one for one in simplified ones."""

from __future__ import annotations

import re
from functools import cache

from povdata.lexicon import rows
from povdata.page import Document


def fold(text: str) -> str:
    """A text with traditional characters simplified by `lexicon/traditional.csv`, of the same length."""
    traditional, characters = _characters()
    return text.translate(characters) if traditional.search(text) else text


def simplified(document: Document) -> str:
    """The text of a page as the rules read it: folded where the page is in traditional script, else as it stands."""
    text = document.page.text
    return fold(text) if document.article.get("language") == "zh-Hant" else text


@cache
def _characters() -> tuple[re.Pattern[str], dict[int, str]]:
    """What finds a traditional character, which costs a twentieth of a translation, and what each of them becomes."""
    characters = {row["traditional"]: row["simplified"] for row in rows("traditional")}
    return re.compile(f"[{''.join(characters)}]"), str.maketrans(characters)
