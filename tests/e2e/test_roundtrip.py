"""Files of other trackers go in and come out again with every field: the comparison of `make compare-imports`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bench.roundtrip import differences, expected, main

MOMENT = "2026-02-26T03:08:57.734490693Z"
BEADS: list[dict[str, Any]] = [
    {
        "id": "bd-16l",
        "title": "Epic",
        "status": "open",
        "issue_type": "epic",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "source_repo": ".",
    },
    {
        "id": "bd-16l.1",
        "title": "Everything",
        "description": "a\r\nb",
        "design": "d",
        "acceptance_criteria": "c",
        "notes": "n",
        "status": "pinned",
        "priority": 3,
        "issue_type": "gate",
        "assignee": "GentleMink",
        "estimated_minutes": 30,
        "created_at": MOMENT,
        "created_by": "ubuntu",
        "updated_at": "2026-02-26T03:08:58+01:00",
        "due_at": "2027-01-01T00:00:00Z",
        "external_ref": "gh-9",
        "labels": ["b", "a"],
        "dependencies": [
            {"issue_id": "bd-16l.1", "depends_on_id": "bd-16l", "type": "parent-child", "created_at": MOMENT},
            {
                "issue_id": "bd-16l.1",
                "depends_on_id": "other-1",
                "type": "waits-for",
                "metadata": "{}",
                "thread_id": "",
            },
        ],
        "comments": [
            {"id": 7, "issue_id": "bd-16l.1", "author": "x", "text": "seen", "created_at": MOMENT},
            {"id": "0197-aa", "issue_id": "bd-16l.1", "author": "y", "text": "too", "created_at": MOMENT},
        ],
        "metadata": {"a": [1, {"b": None}]},
        "ephemeral": True,
        "compaction_level": 0,
    },
    {
        "id": "bd-x1z",
        "title": "Gone",
        "status": "tombstone",
        "priority": 2,
        "issue_type": "task",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "deleted_at": MOMENT,
        "deleted_by": "batch delete",
        "delete_reason": "why",
        "original_type": "task",
    },
]
ANCESTOR: list[dict[str, Any]] = [
    {
        "id": "issue-00c4d0",
        "title": "Ours",
        "description": "",
        "status": "resolved",
        "priority": 3,
        "type": "bug",
        "assignee": None,
        "epic_id": "epic-security",
        "labels": [],
        "created_at": "2025-11-15T18:20:47.365617",
        "updated_at": "2025-11-15T18:20:47.365617",
        "closed_at": "2025-11-15T18:20:47.365617",
        "project_id": "default",
    }
]


@pytest.mark.parametrize("shapes", [BEADS, ANCESTOR], ids=["beads", "ancestor"])
def test_nothing_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str], shapes: list[dict[str, Any]]) -> None:
    file = tmp_path / "issues.jsonl"
    file.write_text("".join(json.dumps(shape) + "\n" for shape in shapes))
    assert main([str(file)]) == 0
    assert capsys.readouterr().out.startswith(f"issues.jsonl: {len(shapes)} issues, ")


def test_the_comparison_sees_what_is_lost() -> None:
    before = {shape["id"]: expected(shape) for shape in BEADS}
    after = {name: dict(shape) for name, shape in before.items()}
    del after["bd-16l"]
    del after["bd-16l.1"]["ephemeral"]
    after["bd-x1z"]["title"] = "Other"
    assert differences(before, after) == {"id": 1, "ephemeral": 1, "title": 1}
    assert differences(before, before) == {}
