"""An editor that offers everything, and documents in which everything stands: for the walk through all capabilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

ISSUES: Final = Path(__file__).parent.parent / "features" / "issues.jsonl"
KINDS: Final = ["", "quickfix", "refactor", "refactor.extract", "refactor.inline", "refactor.rewrite", "source"]
MINIMAL: Final[dict[str, Any]] = {}
RICH: Final[dict[str, Any]] = {
    "general": {"markdown": {"parser": "marked"}},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}, "showMessage": {}},
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create", "rename", "delete"],
            "changeAnnotationSupport": {},
        },
        "workspaceFolders": True,
        "configuration": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True, "relativePatternSupport": True},
        "symbol": {"resolveSupport": {"properties": ["location.range"]}, "tagSupport": {"valueSet": [1]}},
        "codeLens": {"refreshSupport": True},
        "diagnostics": {"refreshSupport": True},
        "inlayHint": {"refreshSupport": True},
        "semanticTokens": {"refreshSupport": True},
        "foldingRange": {"refreshSupport": True},
        "textDocumentContent": {"dynamicRegistration": True},
        "fileOperations": {"didCreate": True, "didRename": True, "didDelete": True, "willRename": True},
    },
    "textDocument": {
        "synchronization": {"didSave": True, "willSave": True},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "completion": {
            "contextSupport": True,
            "completionItem": {
                "snippetSupport": True,
                "documentationFormat": ["markdown"],
                "deprecatedSupport": True,
                "tagSupport": {"valueSet": [1]},
                "insertReplaceSupport": True,
                "labelDetailsSupport": True,
                "resolveSupport": {"properties": ["documentation", "detail"]},
            },
            "completionList": {"itemDefaults": ["editRange", "data"]},
        },
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": KINDS}},
            "isPreferredSupport": True,
            "disabledSupport": True,
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit", "command"]},
            "honorsChangeAnnotations": True,
        },
        "codeLens": {"resolveSupport": {"properties": ["command"]}},
        "definition": {"linkSupport": True},
        "documentLink": {"tooltipSupport": True},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True, "tagSupport": {"valueSet": [1]}},
        "rename": {"prepareSupport": True, "honorsChangeAnnotations": True},
        "diagnostic": {"relatedDocumentSupport": True},
        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True},
        "foldingRange": {"lineFoldingOnly": True},
        "inlayHint": {"resolveSupport": {"properties": ["tooltip"]}},
        "semanticTokens": {
            "requests": {"full": {"delta": True}, "range": True},
            "formats": ["relative"],
            "tokenTypes": ["keyword", "variable"],
            "tokenModifiers": ["deprecated"],
        },
        "callHierarchy": {},
    },
}
SETTINGS: Final = {
    "inlayHints": {"enabled": True},
    "codeLens": {"references": True},
    "documentSymbols": {"todos": True},
    "diagnostics": {"untrackedTodo": "warning"},
}
CODE: Final = """\
"𝐛é"  # TODO(app-1a2b): 𝐛 first, see app-3e4f
x = "𝐛"; y = 2  # FIXME: round\u2028 half up
    # and what comes behind it
# see app-2c3d, app-4g5h, app-5j6k, app-9z9z and app-1a2c
#
# XXX"""
DOCUMENT: Final = """\
---
id: app-1a2b
title: "𝐛 Round half up"
status: opne
labels: [parser]
---

<!-- issuelens:design -->
## Design 𝐛

See app-3e4f and app-9z9z.
"""
WHOLE: Final = """\
---
title:   Read dates
id: app-2c3d
priority: 2
status: closed
type: task
assignee: ben
labels: [𝐛,
  c]
parent:
due:
defer:
estimate:
external:
metadata: {}
updated: "2026-01-02T09:00:00.000000Z"
---
Text of app-1a2b.
## Notes <!-- issuelens:notes -->
None.
## Design <!-- issuelens:design -->
## Acceptance criteria <!-- issuelens:acceptance_criteria -->
"""
DOCUMENTS: Final = {
    "main.py": ("python", CODE),
    "returns.c": ("c", "int a; // TODO: 𝐛 one\r\n/* app-1a2b\r   𝐛 app-2c3d */"),
    "notes.md": ("markdown", "# 𝐛 app-1a2b\n\n<!-- TODO: write -->\n`app-3e4f` 𝐛 [app-9z9z](x)\n"),
    "empty.py": ("python", ""),
    "COMMIT_EDITMSG": ("gitcommit", "Fix 𝐛 app-2c3d\n\nand app-1a2b, app-\n# app-3e4f\n"),
    ".issues/config.toml": ("toml", 'prefix = "app"\n[todos]\ntags = ["TODO", 𝐛]\n[diagnostics]\novredue = "off"\n'),
    ".issues/issues.jsonl": ("jsonl", ISSUES.read_text() + '{"id": "app-1a2b", "title": 𝐛}\n<<<<<<< HEAD\n'),
    ".issues/edit/app-1a2b.md": ("markdown", DOCUMENT),
    ".issues/edit/app-2c3d.md": ("markdown", WHOLE),
    "../outside.py": ("python", CODE),
    "untitled:Untitled-1": ("python", CODE),
    "vscode-notebook-cell:book.ipynb#X1": ("python", CODE),
    "issuelens:/app/app-1a2b.md": ("markdown", DOCUMENT),
    "never-opened.py": ("", ""),
    "no uri at all": ("", ""),
}
