"""Precision and recall of the TODO engine on cases labelled by hand, beside what plain searches reach on them.

`labelled/tuning` is there to mend the engine by; `labelled/held_out` only measures, and nobody tunes by it. The name of
a case decides its half for good (`half_of`). Each case is a short text as it might stand in a file, in this form:

    === go/context | internal/run.go | code       language/name, path, kind
      package run                                 a line of the text, after two blanks
    + // TODO(ines): pass the context             a line that is a marker
    ? owner and colon                             and why
    - ctx := context.TODO()                       a line that has a tag and is no marker
    ? a call                                      and why
    + f("TODO") # FIXME: a                        where the marker isn't the line's first tag,
    ? [FIXME] behind a string                     the reason names it

Where opinions may differ, a line is a marker if a developer who reads it would want it in the list of what is to be
done. A line without a sign has no tag, and whatever is reported there is a false hit.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from attrs import frozen

from bench.measure import Figure, at_least_share, plain
from issuelens.domain.config import DEFAULT_TAGS
from issuelens.todos.found import findings_of
from issuelens.todos.languages import language_for
from issuelens.todos.settings import ScanSettings

FOLDER: Final = Path(__file__).parent / "labelled"
HALVES: Final = ("tuning", "held_out")
KINDS: Final = ("form", "place", "prose", "string", "code", "docs", "embedded")
"""How a marker is written; where in a comment it stands; text that speaks of tags; strings and data; identifiers and
commented-out code; docstrings and doc comments; one language within another."""
BUDGET: Final = 0.98
TAG: Final = re.compile(r"(?<!\w)(TODO|FIXME|HACK|XXX|BUG)(?!\w)")
SETTINGS: Final = ScanSettings(tags=DEFAULT_TAGS, prefixes=frozenset({"app"}))

Spot = tuple[int, str]
"""A 0-based line and a tag."""
Search = Callable[[str, str], Counter[Spot]]
"""Finds markers in a file, given its path and text."""


@frozen
class Verdict:
    """What a line is, and why. `tag` is None when it is no marker; `line` is 0-based."""

    line: int
    tag: str | None
    reason: str


@frozen
class Case:
    """A text and what its lines are."""

    name: str
    path: str
    kind: str
    text: str
    verdicts: tuple[Verdict, ...]

    @property
    def language(self) -> str:
        """The part of the name before the slash."""
        return self.name.partition("/")[0]

    @property
    def markers(self) -> Counter[Spot]:
        """Where the markers are."""
        return Counter((one.line, one.tag) for one in self.verdicts if one.tag is not None)


@frozen
class Score:
    """How a search did: hits, and places (case:line tag) of misses and of false hits."""

    hits: int = 0
    misses: tuple[str, ...] = ()
    false_hits: tuple[str, ...] = ()

    @property
    def precision(self) -> float:
        """The share of what it reported that are markers; 1 when it reported nothing."""
        return self.hits / (self.hits + len(self.false_hits)) if self.hits or self.false_hits else 1.0

    @property
    def recall(self) -> float:
        """The share of the markers that it reported; 1 when there are none."""
        return self.hits / (self.hits + len(self.misses)) if self.hits or self.misses else 1.0


# The set


def half_of(name: str) -> str:
    """The half that a case of this name belongs to: by its hash, so that nobody chooses."""
    return HALVES[hashlib.sha256(name.encode()).digest()[0] % 2]


def cases_of(half: str) -> list[Case]:
    """The cases of one half. Raises ValueError for a file that isn't in the form."""
    return [case for path in sorted((FOLDER / half).glob("*.cases")) for case in read_cases(path.read_text("utf-8"))]


def read_cases(text: str) -> list[Case]:
    """The cases of a file; what stands before the first is its heading. Raises ValueError where the form is broken."""
    return [_case(block.split("\n")) for block in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]]


def _case(block: list[str]) -> Case:
    name, path, kind = block[0].split(" | ")
    lines: list[str] = []
    verdicts: list[Verdict] = []
    for row in block[1:]:
        sign, rest = row[:2].ljust(2), row[2:]
        if sign == "? ":
            verdicts[-1] = _reasoned(name, verdicts[-1], rest)
            continue
        if sign in ("+ ", "- "):
            verdicts.append(Verdict(len(lines), _tag(name, rest) if sign == "+ " else None, ""))
        elif sign != "  ":
            raise ValueError(f"{name}: a row begins neither with a sign nor with two blanks: {row}")
        lines.append(rest)
    return Case(name, path, kind, "\n".join(lines).rstrip("\n") + "\n", tuple(verdicts))


def _tag(name: str, line: str) -> str:
    """The first tag of a marker's line."""
    if not (found := TAG.search(line)):
        raise ValueError(f"{name}: a marker without a tag: {line}")
    return found[1]


def _reasoned(name: str, verdict: Verdict, reason: str) -> Verdict:
    if verdict.reason:
        raise ValueError(f"{name}: line {verdict.line + 1} has two reasons")
    named, _, rest = reason.rpartition("] ")
    return Verdict(verdict.line, named[1:] if named else verdict.tag, rest)


# Searches


def engine(path: str, text: str) -> Counter[Spot]:
    """What the product finds, by the entry that its scan uses."""
    language = language_for(path, first_line=text.partition("\n")[0])
    if language is None:
        return Counter()
    return Counter((one.line, one.tag) for one in findings_of(path, text, language, SETTINGS).markers)


def by_lines(pattern: str) -> Search:
    """A search with a regular expression, line by line; its last group is the tag."""
    compiled = re.compile(pattern)

    def found(_path: str, text: str) -> Counter[Spot]:
        hits = ((number, compiled.search(line)) for number, line in enumerate(text.split("\n")))
        return Counter((number, hit[hit.lastindex or 0]) for number, hit in hits if hit)

    return found


_TAGS: Final = r"(TODO|FIXME|HACK|XXX|BUG)"
PEERS: Final[dict[str, Search]] = {
    "a plain regex": by_lines(rf"\b{_TAGS}\b"),
    # The default of todo-tree 0.0.224 (its package.json), with our tags.
    "todo-tree's regex": by_lines(rf"(//|#|<!--|;|/\*|^|^[ \t]*(-|\d+.))\s*{_TAGS}"),
    "a comment's opener on the line": by_lines(rf"(?:^|\s)(?://|#|/?\*|--|;|%|<!--|\"|'|!).*?\b{_TAGS}\b"),
}


# The score


def score(cases: Iterable[Case], search: Search) -> Score:
    """How a search does on cases."""
    hits, misses, false_hits = 0, Counter[str](), Counter[str]()
    for case in cases:
        wanted, found = case.markers, search(case.path, case.text)
        hits += (wanted & found).total()
        misses += _places(case, wanted - found)
        false_hits += _places(case, found - wanted)
    return Score(hits, tuple(misses.elements()), tuple(false_hits.elements()))


def _places(case: Case, spots: Counter[Spot]) -> Counter[str]:
    lines = case.text.split("\n")
    return Counter(f"{case.name}:{line + 1} {tag} in: {lines[line].strip()}" for line, tag in spots.elements())


# The figures


async def labels(_folder: Path) -> list[Figure]:
    """Both halves: ours with its budget, the peers without; then ours by kind and, where not all is right, by language.

    With ISSUELENS_LABELS=1 in the environment, misses and false hits of the tuning half are printed, too.
    """
    halves = {half: cases_of(half) for half in HALVES}
    figures = [figure for half, cases in halves.items() for figure in _half(half, cases)]
    everything = [case for cases in halves.values() for case in cases]
    figures += [_part(f"labels of kind {kind}", [one for one in everything if one.kind == kind]) for kind in KINDS]
    if os.environ.get("ISSUELENS_LABELS"):
        print(faults(halves["tuning"]))
    return figures + _languages(everything)


def _half(half: str, cases: list[Case]) -> list[Figure]:
    name = f"{half.replace('_', '-')} labels ({_count(cases)})"
    ours = score(cases, engine)
    peers = [(peer, score(cases, search)) for peer, search in PEERS.items()]
    return [
        at_least_share(f"precision on {name}", BUDGET, ours.precision),
        at_least_share(f"recall on {name}", BUDGET, ours.recall),
        *(
            plain(f"{what} of {peer} on {name}", value, "")
            for peer, got in peers
            for what, value in (("precision", got.precision), ("recall", got.recall))
        ),
    ]


def _count(cases: list[Case]) -> int:
    """How many lines were judged."""
    return sum(len(one.verdicts) for one in cases)


def _part(name: str, cases: list[Case]) -> Figure:
    """The share of right answers: hits among hits, misses and false hits."""
    ours = score(cases, engine)
    wrong = len(ours.misses) + len(ours.false_hits)
    share = ours.hits / (ours.hits + wrong) if ours.hits or wrong else 1.0
    return plain(f"{name} ({_count(cases)}), right", share, "")


def _languages(cases: list[Case]) -> list[Figure]:
    by_language: dict[str, list[Case]] = {}
    for case in cases:
        by_language.setdefault(case.language, []).append(case)
    figures = [_part(f"labels in {language}", some) for language, some in sorted(by_language.items())]
    return [one for one in figures if one.ours < 1]


def faults(cases: Iterable[Case]) -> str:
    """The misses and false hits of the engine, one a line. Of the tuning half, for whoever mends it."""
    ours = score(cases, engine)
    return "\n".join([*(f"miss       {one}" for one in ours.misses), *(f"false hit  {one}" for one in ours.false_hits)])
