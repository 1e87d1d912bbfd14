"""Relative links in the documentation lead to files and headings that exist."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\(([^()\s]+)\)")
CODE_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def documents(root: Path) -> list[Path]:
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])


def anchors(document: Path) -> set[str]:
    """The headings of a Markdown file as GitHub names them in links."""
    text = CODE_BLOCK.sub("", document.read_text())
    slugs = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text)]
    count: Counter[str] = Counter()
    found = set()
    for slug in (slug.replace(" ", "-") for slug in slugs):
        found.add(f"{slug}-{count[slug]}" if count[slug] else slug)
        count[slug] += 1
    return found


def broken_links(document: Path) -> Iterator[str]:
    """The relative links of a Markdown file that lead nowhere."""
    for link in LINK.findall(CODE.sub("", CODE_BLOCK.sub("", document.read_text()))):
        if ":" in link:  # To another site.
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("document", documents(ROOT), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    assert list(broken_links(document)) == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# A heading, twice\n## A heading, twice\n```\n# no\n```\n")
    document = tmp_path / "page.md"
    document.write_text(
        "# Here\n[ok](#here) [ok](other.md) [ok](other.md#a-heading-twice-1) [ok](https://x.org/y)\n"
        "`[code](gone.md)` [one](gone.md) [two](#gone) ![three](other.md#no)\n"
    )
    assert list(broken_links(document)) == ["gone.md", "#gone", "other.md#no"]
