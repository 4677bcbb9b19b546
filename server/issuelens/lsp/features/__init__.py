"""One module per feature: it converts the request, calls a pure function, converts the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from issuelens.lsp.features import (
    call_hierarchy,
    code_action,
    code_lens,
    completion,
    definition,
    diagnostics,
    document_highlight,
    document_link,
    document_marks,
    document_symbol,
    document_text,
    find_issues,
    folding_range,
    formatting,
    hover,
    inlay_hint,
    issue_details,
    issue_documents,
    issue_drafts,
    issue_tree,
    issues,
    life,
    references,
    rename,
    report,
    selection_range,
    semantic_tokens,
    shown_texts,
    status,
    synchronisation,
    todo_settings,
    todo_tree,
    todos,
    watching,
    work,
    workspace_diagnostics,
    workspace_symbol,
)

if TYPE_CHECKING:
    from issuelens.lsp.server import Server


_FEATURES = (
    life,
    report,
    synchronisation,
    watching,
    work,
    call_hierarchy,
    code_action,
    code_lens,
    completion,
    definition,
    diagnostics,
    document_highlight,
    document_link,
    document_marks,
    document_symbol,
    document_text,
    find_issues,
    folding_range,
    formatting,
    hover,
    inlay_hint,
    issue_details,
    issue_documents,
    issue_drafts,
    issue_tree,
    issues,
    references,
    rename,
    selection_range,
    semantic_tokens,
    shown_texts,
    status,
    todo_settings,
    todo_tree,
    todos,
    workspace_diagnostics,
    workspace_symbol,
)


def register(server: Server) -> None:
    """Registers every feature."""
    for feature in _FEATURES:
        feature.register(server)
