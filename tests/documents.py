"""README and docs as tests read them: their fenced blocks, tables and links."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
DOCS = REPOSITORY / "docs"
README = REPOSITORY / "README.md"
PAGES = [README, *sorted(DOCS.rglob("*.md")), *sorted(set(REPOSITORY.glob("*.md")) - {README})]

_FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return [text for name, text in _FENCED.findall(page.read_text(encoding="utf-8")) if name == language]


def section(page: Path, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    level, _ = heading.split(" ", 1)
    text = page.read_text(encoding="utf-8")
    start = text.index(f"\n{heading}\n") + len(heading) + 2
    end = re.search(rf"^#{{1,{len(level)}}} ", text[start:], re.MULTILINE)
    return text[start : start + end.start()] if end else text[start:]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row in a text, without heads, rules and backquotes."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip().strip("`") for cell in line[1:-1].split("|")] for line in lines]
    rules = {n for n, line in enumerate(lines) if set(line) <= set("|- ")}
    return [row for n, row in enumerate(cells) if n not in rules and n + 1 not in rules]
