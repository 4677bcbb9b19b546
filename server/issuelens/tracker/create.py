"""Creating an issue, and its id."""

from __future__ import annotations

from typing import Final

from attrs import evolve
from sqlalchemy import Connection

from issuelens.domain.errors import InvalidField
from issuelens.domain.fields import (
    checked_dependency_type,
    checked_estimate,
    checked_labels,
    checked_metadata,
    checked_name,
    checked_priority,
    checked_status,
    checked_text,
    checked_title,
    checked_type,
)
from issuelens.domain.ids import id_length, new_id
from issuelens.domain.issue import Dependency, Issue
from issuelens.domain.moment import checked_future
from issuelens.domain.operation import CreateIssue
from issuelens.domain.vocabulary import CHILD_LEVELS, PARENT_CHILD, Category
from issuelens.storage import reads, writes
from issuelens.tracker.context import OperationContext, assignee_of, named
from issuelens.tracker.links import refuse_cycles, refuse_parents

ID_ATTEMPTS: Final = 100
"""How often a new id may meet an existing one before that is an error."""


def create(connection: Connection, request: CreateIssue, context: OperationContext) -> Issue:
    """Makes an issue and writes it.

    Raises:
        InvalidField, UnknownIssue, AmbiguousId: what is wrong with the request.
        DependencyCycle: when the issue would wait for itself.
    """
    issue = _checked(request, context)
    kinds = [checked_dependency_type(one.type) for one in request.dependencies]
    targets = [named(connection, one.depends_on_id, context).id for one in request.dependencies]
    wanted = list(zip(targets, kinds, strict=True))
    parent = named(connection, request.parent, context).id if request.parent is not None else None
    if parent is not None:
        wanted.append((parent, PARENT_CHILD))
    issue_id = _child_id(connection, parent) if parent is not None else fresh_id(connection, context)
    dependencies = tuple(Dependency(issue_id, *one, context.now, context.actor) for one in sorted(set(wanted)))
    issue = evolve(issue, id=issue_id, dependencies=dependencies)
    writes.insert_issues(connection, [issue])
    if dependencies and reads.has_dependents(connection, issue_id):
        # An import may hold what waits for an id that was not here yet.
        refuse_cycles(connection, [issue_id])
    if issue.parents:
        refuse_parents(connection, [issue])
    return issue


def _checked(request: CreateIssue, context: OperationContext) -> Issue:
    status = checked_status(request.status, context.statuses)
    category = context.statuses[status]
    return Issue(
        id="",
        title=checked_title(request.title),
        description=checked_text("description", request.description),
        design=checked_text("design", request.design),
        acceptance_criteria=checked_text("acceptance_criteria", request.acceptance_criteria),
        notes=checked_text("notes", request.notes),
        status=status,
        category=category,
        priority=checked_priority(request.priority),
        issue_type=checked_type(request.issue_type),
        assignee=assignee_of(request.assignee or "", context),
        estimated_minutes=None if request.estimated_minutes is None else checked_estimate(request.estimated_minutes),
        due_at=checked_future("due_at", request.due_at, context.now, end_of_day=True) if request.due_at else None,
        defer_until=(
            checked_future("defer_until", request.defer_until, context.now, end_of_day=False)
            if request.defer_until
            else None
        ),
        external_ref=checked_name("external_ref", request.external_ref) if request.external_ref else None,
        metadata=checked_metadata(request.metadata),
        labels=checked_labels(request.labels),
        created_at=context.now,
        created_by=context.actor,
        updated_at=context.now,
        closed_at=context.now if category is Category.DONE else None,
    )


def fresh_id(connection: Connection, context: OperationContext) -> str:
    """An id that no issue has had."""
    length = id_length(reads.rows_ever(connection))
    for _ in range(ID_ATTEMPTS):
        issue_id = new_id(context.prefix, context.random_bytes(16), length)
        if not reads.issue_exists(connection, issue_id):
            return issue_id
    raise RuntimeError(f"{ID_ATTEMPTS} new ids in a row were taken")


def _child_id(connection: Connection, parent: str) -> str:
    if parent.rpartition("-")[2].count(".") >= CHILD_LEVELS:
        raise InvalidField("parent", f"{parent} is at the lowest of {CHILD_LEVELS} levels and can't have children")
    numbers = [child[len(parent) + 1 :].partition(".")[0] for child in reads.ids_below(connection, parent)]
    return f"{parent}.{max((int(number) for number in numbers if number.isdecimal()), default=0) + 1}"
