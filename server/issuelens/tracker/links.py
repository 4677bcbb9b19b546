"""Dependencies between issues, cycles among them, and merging."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import evolve
from sqlalchemy import Connection

from issuelens.domain.errors import DependencyCycle, InvalidField
from issuelens.domain.fields import checked_dependency_type
from issuelens.domain.issue import Dependency, Issue
from issuelens.domain.operation import AddDependencies, MergeIssues, RemoveDependencies
from issuelens.domain.vocabulary import CHILD_LEVELS, PARENT_CHILD, WAITING_TYPES
from issuelens.storage import reads
from issuelens.tracker.comments import commented
from issuelens.tracker.context import OperationContext, Pair, changed, named, selected, tombstone


def add(connection: Connection, request: AddDependencies, context: OperationContext) -> list[Pair]:
    """Makes issues depend on others.

    Raises:
        DependencyCycle: when they would wait for each other.
        InvalidField: for an issue that would depend on itself, or an unknown type.
    """
    kind = checked_dependency_type(request.type)
    _refuse_none(request.depends_on)
    issues = selected(connection, request.ids, request.query, context)
    targets = [issue.id for issue in selected(connection, request.depends_on, None, context)]
    for issue in issues:
        if issue.id in targets:
            raise InvalidField("depends_on", f"{issue.id} can't depend on itself")

    def change(issue: Issue) -> Issue:
        have = {one.key for one in issue.dependencies}
        new = [
            Dependency(issue.id, target, kind, context.now, context.actor)
            for target in targets
            if (target, kind) not in have
        ]
        return _with_dependencies(issue, [*issue.dependencies, *new]) if new else issue

    pairs = changed(connection, issues, change, context)
    if kind in WAITING_TYPES:
        refuse_cycles(connection, [issue.id for issue in issues])
    if kind == PARENT_CHILD:
        refuse_parents(connection, [after for before, after in pairs if after is not before])
    return pairs


def remove(connection: Connection, request: RemoveDependencies, context: OperationContext) -> list[Pair]:
    """Takes dependencies away.

    Raises:
        InvalidField: when an issue named has none of them.
    """
    issues = selected(connection, request.ids, request.query, context)
    _refuse_none(request.depends_on)
    targets = {_meant(connection, word, issues, context) for word in request.depends_on}

    def is_gone(one: Dependency) -> bool:
        return one.depends_on_id in targets and request.type in (None, one.type)

    if not any(is_gone(one) for issue in issues for one in issue.dependencies):
        names = ", ".join(issue.id for issue in issues[:3])
        raise InvalidField("depends_on", f"{names} does not depend on {', '.join(request.depends_on)}")
    return changed(
        connection,
        issues,
        lambda issue: _with_dependencies(issue, [one for one in issue.dependencies if not is_gone(one)]),
        context,
    )


def _meant(connection: Connection, word: str, issues: Iterable[Issue], context: OperationContext) -> str:
    """What a word means among the dependencies that there are, which may name issues that are not here."""
    there = {one.depends_on_id for issue in issues for one in issue.dependencies}
    return word if word in there else reads.resolve_id(connection, word, context.prefix)


def _refuse_none(depends_on: Sequence[str]) -> None:
    if not depends_on:
        raise InvalidField("depends_on", "no issue is named")


def _with_dependencies(issue: Issue, dependencies: Iterable[Dependency]) -> Issue:
    return evolve(issue, dependencies=tuple(sorted(dependencies, key=lambda one: one.key)))


# Parents


def refuse_parents(connection: Connection, issues: Sequence[Issue]) -> None:
    """Checks issues that got a parent, the same one: each has one only, and no more than CHILD_LEVELS are below a root.

    Raises:
        InvalidField: when there are more.
    """
    for issue in issues:
        if len(issue.parents) > 1:
            names = ", ".join(issue.parents)
            raise InvalidField("parent", f"{issue.id} can have one, not {names}; `issuelens update --parent` moves it")
    ids = [issue.id for issue in issues]
    level = _levels(connection, ids, reads.parents_of) + _levels(connection, ids, _children)
    if ids and level > CHILD_LEVELS:
        problem = f"{ids[0]}, or what is below it, would be at level {level} under {', '.join(issues[0].parents)}"
        raise InvalidField("parent", f"{problem}; {CHILD_LEVELS} levels are allowed, choose a parent further up")


def _levels(
    connection: Connection, ids: Iterable[str], beyond: Callable[[Connection, Iterable[str]], Iterable[str]]
) -> int:
    """How many steps the longest way from one of the issues has; a circle of an import counts once."""
    seen, count = set(ids), 0
    layer = seen
    while layer := set(beyond(connection, layer)) - seen:
        seen = seen | layer
        count += 1
    return count


def _children(connection: Connection, ids: Iterable[str]) -> list[str]:
    return [child for child, _ in reads.children_of(connection, ids)]


# Cycles


def refuse_cycles(connection: Connection, ids: Iterable[str]) -> None:
    """Looks for a way along which one of the issues waits for itself.

    Raises:
        DependencyCycle: with that way.
    """
    for issue_id in ids:
        path = way_back(connection, issue_id)
        if path:
            raise cycle_along(path)


def cycle_along(path: list[str]) -> DependencyCycle:
    """The error for a way from an issue to itself."""
    return DependencyCycle(
        f"{path[0]} would wait for itself: {' → '.join(path)}. Remove one of these dependencies first.", path=path
    )


def way_back(connection: Connection, start: str) -> list[str]:
    """The ids from `start` to itself along what waits; empty when there is no such way."""
    came_from: dict[str, str] = {}
    layer = [start]
    while layer:
        following: list[str] = []
        for one, target in reads.waits_for(connection, layer):
            if target == start:
                return [*_path(came_from, start, one), start]
            if target not in came_from:
                came_from[target] = one
                following.append(target)
        layer = following
    return []


def _path(came_from: Mapping[str, str], start: str, last: str) -> list[str]:
    path = [last]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return path[::-1]


# Merge


def merge(connection: Connection, request: MergeIssues, context: OperationContext) -> list[Pair]:
    """Makes several issues one.

    Raises:
        DependencyCycle: when the one issue would wait for itself.
        InvalidField: when an issue would be merged into itself.
    """
    survivor = named(connection, request.into, context)
    sources = selected(connection, request.ids, request.query, context)
    if survivor.id in {issue.id for issue in sources}:
        raise InvalidField("into", f"{survivor.id} can't be merged into itself")
    gone = {issue.id for issue in sources}
    pairs = changed(connection, sources, lambda issue: _merged(issue, survivor.id, context), context)
    after = survivor
    for source in sources:
        after = _with_parts(connection, after, source, context)
    after = _with_dependencies(after, _joined(after.id, [survivor, *sources], gone))
    pairs += changed(connection, [survivor], lambda _: after, context)
    dependents = {one for one, _, _ in reads.dependents_of(connection, gone)} - gone - {survivor.id}
    # Tombstones, too: restored, they wait for the survivor.
    issues = reads.get_issues(connection, sorted(dependents)).values()
    pairs += changed(connection, issues, lambda issue: _repointed(issue, gone, survivor.id), context)
    refuse_cycles(connection, [survivor.id])
    return pairs


def _merged(issue: Issue, into: str, context: OperationContext) -> Issue:
    return evolve(tombstone(issue, f"merged into {into}", context), merged_into=into)


def _with_parts(connection: Connection, issue: Issue, source: Issue, context: OperationContext) -> Issue:
    """The survivor with a source's labels and comments, and its text as a comment, so that nothing is out of sight."""
    taken = {one.id for one in issue.comments}
    free = max([*taken, *(one.id for one in source.comments), 0])
    moved = []
    for one in source.comments:
        free += one.id in taken
        moved.append(evolve(one, id=free) if one.id in taken else one)
    issue = evolve(
        issue,
        labels=tuple(sorted({*issue.labels, *source.labels})),
        comments=tuple(sorted((*issue.comments, *moved), key=lambda one: one.id)),
    )
    texts = [source.description, source.design, source.acceptance_criteria, source.notes]
    words = "\n\n".join(["Merged from " + source.id + ": " + source.title, *(one for one in texts if one)])
    return commented(connection, issue, words, context)


def _joined(survivor: str, issues: Iterable[Issue], gone: set[str]) -> list[Dependency]:
    """All that the issues depend on, as dependencies of the survivor; not on each other.

    Of parents only those of the first issue that has one are taken, so that no issue gets a second one.
    """
    found: dict[tuple[str, str], Dependency] = {}
    for issue in issues:
        outside = [one for one in issue.dependencies if one.depends_on_id not in gone | {survivor}]
        if any(kind == PARENT_CHILD for _, kind in found):
            outside = [one for one in outside if one.type != PARENT_CHILD]
        for one in outside:
            found.setdefault(one.key, evolve(one, issue_id=survivor))
    return list(found.values())


def _repointed(issue: Issue, gone: set[str], survivor: str) -> Issue:
    found: dict[tuple[str, str], Dependency] = {}
    for one in issue.dependencies:
        moved = evolve(one, depends_on_id=survivor) if one.depends_on_id in gone else one
        found.setdefault(moved.key, moved)
    return _with_dependencies(issue, found.values())
