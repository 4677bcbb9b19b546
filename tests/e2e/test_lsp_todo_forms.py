"""What the editor makes of a TODO's priority, date and tag."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types
from tests.support.lsp import editor
from tests.support.workspaces import cli_json, project

TEXT = """\
# TODO(anna) [p1] (due 2999-01-31): pay
# FIXME(#12) (due 2001-01-31): tax
# HACK: x
"""


async def test_an_issue_has_the_priority_and_the_date_of_its_todo(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "x.py", TEXT)
        ids = [await one.create_issue(uri, line) for line in (0, 1)]
        assert one.texts[uri].splitlines()[:2] == [
            f"# TODO({ids[0]}, anna) [p1] (due 2999-01-31): pay",
            f"# FIXME({ids[1]}, #12) (due 2001-01-31): tax",
        ]
        pay, tax = [await cli_json(root, "show", one) for one in ids]
        assert (pay["title"], pay["priority"], pay["assignee"]) == ("pay", 1, "anna")
        assert pay["due_at"].startswith("2999-01-31")
        # A date that has passed is not lost.
        assert (tax["title"], tax["priority"], tax.get("due_at")) == ("tax", 2, None)
        assert tax["description"].split("\n\n")[:2] == ["External reference: #12", "Was due on 2001-01-31."]


async def test_a_tag_has_a_severity_of_its_own_where_the_rule_is_on(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    config = root / ".issues" / "config.toml"
    tag = '[todos.tag.FIXME]\nseverity = "error"\n[todos.tag.HACK]\nseverity = "off"\n'
    config.write_text(f'prefix = "app"\n[diagnostics]\nuntracked-todo = "hint"\noverdue = "off"\n{tag}')
    async with editor(root) as one:
        uri = one.open(root / "x.py", TEXT)
        found = await one.diagnostics(uri, count=2)
        assert [(finding.message, finding.severity) for finding in found] == [
            ("This TODO has no issue.", types.DiagnosticSeverity.Hint),
            ("This FIXME has no issue.", types.DiagnosticSeverity.Error),
        ]
        config.write_text(f'prefix = "app"\n[diagnostics]\noverdue = "off"\n{tag}')
        since = one.mark()
        one.client.text_document_did_save(
            types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(config.as_uri()))
        )
        assert await one.diagnostics(uri, since, count=0) == []
