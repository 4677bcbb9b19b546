"""Templates: what a new issue begins with, from a document in .issues/templates/."""

from __future__ import annotations

from typing import Any

from issuelens.domain.document import FIELDS, READ_ONLY, read_document
from issuelens.workspace import Workspace


def completed(workspace: Workspace, name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a CreateIssue, those that were not given taken from the template.

    Raises:
        Refused: when there is no such template; InvalidField: when it can't be read.
    """
    found = read_document(workspace.read_template(name))
    template = {key: value for key, value in found.items() if value not in ("", [], {})}
    for key in READ_ONLY:
        template.pop(FIELDS[key], None)
    given = {key: value for key, value in fields.items() if value is not None and value not in ((), [], {})}
    joined = template | given
    joined["labels"] = sorted({*template.get("labels", ()), *fields["labels"]})
    joined["metadata"] = {**template.get("metadata", {}), **fields["metadata"]}
    return {"title": None} | joined
