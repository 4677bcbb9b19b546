"""What mutations begin from: inputs as they should be, and some that once were trouble."""

from __future__ import annotations

import json
from typing import Any, Final


def _lines(*shapes: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in shapes)


QUERIES: Final = (
    b"",
    b"is:open priority:<=1 type:bug,feature label:ui -label:wontfix",
    b'text:"round half up" assignee:me sort:-updated,id limit:20',
    b"created:>7d due:<2027-01-31 closed:today updated:2026-01-01T00:00:00Z",
    b'-meta.customer:"a \\"b\\"" meta.x:1 has:todo is:ready epic:app-1a2b depends-on:app-9z9z',
    b'status:open,"in progress",-x words -not "quoted word"',
)

CONFIGS: Final = (
    b'prefix = "app"\nrecognised_prefixes = ["old"]\n[statuses]\nreview = "doing"\n',
    b'[todos]\ntags = ["TODO", "NOTE"]\nexclude = ["vendor/"]\n[diagnostics]\nuntracked-todo = "hint"\n',
    b"[code-lens]\nenabled = false\n[daemon]\nidle-seconds = 1.5\n",
    b"\"prefix\" = '''a'''\n[[todos]]\nx = {y = [1979-05-27T07:32:00Z, 0x1F, inf]}\n",
)

DOCUMENTS: Final = (
    (
        b"---\nid: app-1a2b\ntitle: Round half up\npriority: 1\nlabels: [money, ui]\nmetadata:\n  customer: 42\n"
        b"due: 2027-01-31\nestimate: 90\n---\n\nThe text.\n\n## Design <!-- issuelens:design -->\n\nSo.\n"
    ),
    b'---\ntitle: "a: b"\nlabels: a, b\nassignee: ~\n---\n## Notes <!-- issuelens:notes -->\n',
    b"---\ntitle: |\n  two\n  lines\nmetadata: {a: [1, {b: !!str 2}], ? c : d}\n---\n<!-- \\issuelens:design -->\n",
)

TEXTS: Final = (
    b"Round half up (app-1a2b), see my-app-9z9z.1 and app-3oid.2.10; no app-store",
    "Ümläut 😀 \u202e\u2028 app-1a2b\n\ttabs: {x} [y](z) **b** `c` #1 @anna".encode(),
    b"a: b\n- c\n# d\n--- \n? x\n: y\n'q' \"r\" !t &u *v %w @x `y {z} [0] | > ~",
    b"my folder/Makefile\n#!/usr/bin/env -S python3.11\npython",
)

MOMENTS: Final = (
    *(b"2026-01-01T00:00:00.000000Z", b"2026-01-01 12:30:00.123456789+05:30", b"0001-01-01T00:00:00Z", b"2027-01-31"),
    *(b"9999-12-31T23:59:59.999999-14:00", b"12h", b"+7d", b"99999y", b"today", b"tomorrow"),
)

OBJECTS: Final = (
    b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":[1,2.5,null,true,"t"]}}',
    b'{"id":"s","result":{"a":{"b":{"c":[[],[{}]]}}},"id":2}',
    b'{"customer":42,"nested":{"list":[1,[2,[3]]]},"text":"\\u00e9\\ud83d\\ude00"}',
    b"[" * 126 + b"]" * 126,
    b"[" * 140 + b"]" * 140,
    b"[" * 5_000,
)

PARAMS: Final = (
    (
        b'{"key":"k","title":"A title","description":"d","priority":1,"labels":["a"],"metadata":{"x":1},"parent":null,'
        b'"dependencies":[{"depends_on_id":"app-1a2b","type":"blocks"}]}'
    ),
    b'{"key":"k","ids":["app-1a2b"],"query":"is:open","status":"closed","add_labels":["x"],"set_metadata":{"a":{}}}',
    b'{"key":"k","edits":[{"ids":["app-1a2b"],"title":"t"}],"dry_run":true}',
    b'{"key":"k","id":"app-1a2b","comment":1,"text":"t","revision":3,"steps":2,"into":"app-9z9z","depends_on":[]}',
)

_ISSUE: Final[dict[str, Any]] = {
    "id": "app-1a2b",
    "title": "Round half up",
    "description": "Text\nwith lines",
    "status": "open",
    "priority": 2,
    "issue_type": "task",
    "assignee": "anna",
    "estimated_minutes": 90,
    "labels": ["money"],
    "dependencies": [{"issue_id": "app-1a2b", "depends_on_id": "app-9z9z", "type": "blocks", "created_by": "bob"}],
    "comments": [
        {"id": 1, "issue_id": "app-1a2b", "author": "bob", "text": "so", "created_at": "2026-01-01T00:00:00Z"}
    ],
    "created_at": "2026-01-01T00:00:00.123456789+02:00",
    "updated_at": "2026-01-02T00:00:00Z",
    "metadata": {"customer": 42},
    "other": {"tool": [1, 2.5, None]},
}
_CLOSED: Final[dict[str, Any]] = {
    **_ISSUE,
    "id": "app-9z9z",
    "status": "closed",
    "closed_at": "2026-02-01T00:00:00Z",
    "close_reason": "done",
    "dependencies": [],
    "comments": [{"id": "c-1", "text": "t", "author": "x"}, {"id": 4, "text": "u"}, {"text": "v"}],
}
_DELETED: Final[dict[str, Any]] = {
    "id": "app-3oid",
    "title": "Gone",
    "status": "tombstone",
    "deleted_at": "2026-02-01T00:00:00Z",
    "deleted_by": "bob",
    "original_status": "open",
    "merged_into": "app-1a2b",
    "updated_at": "2026-02-01T00:00:00Z",
}

BEADS: Final = (
    _lines(_ISSUE, _CLOSED, _DELETED),
    _lines(_ISSUE),
    _lines(_CLOSED),
    _lines({"_type": "memory"}, _DELETED),
)
ANCESTOR: Final = (
    _lines(
        {
            "id": "a-1",
            "title": "T",
            "type": "bug",
            "epic_id": "a-0",
            "project_id": 3,
            "created_at": "2025-01-01T00:00:00",
        }
    ),
    _lines({"id": "a-2", "title": "U", "type": "epic", "comments": [{"content": "c", "id": 1}], "dependencies": None}),
)
TODOTXT: Final = (
    b"(A) 2026-01-01 Call Anna +money @phone due:2027-01-31 t:2026-02-01 pri:B\nx 2026-02-01 2026-01-01 Done it\n",
    "x Übung +ü @ort key:value http://x.y/z a:b:c\n(Z) \n".encode(),
)
GITHUB: Final = (
    json.dumps(
        [
            {
                "number": 7,
                "title": "A bug",
                "body": "text",
                "state": "OPEN",
                "labels": [{"name": "bug"}, "x"],
                "assignees": [{"login": "anna"}, {"login": "bob"}],
                "author": {"login": "carl"},
                "createdAt": "2026-01-01T00:00:00Z",
                "updatedAt": "2026-01-02T00:00:00Z",
                "closedAt": None,
                "comments": [{"author": {"login": "d"}, "body": "c", "createdAt": "2026-01-01T00:00:00Z"}],
                "url": "https://example.invalid/o/r/issues/7",
                "milestone": {"title": "1.0"},
            }
        ]
    ).encode(),
)


def _merge(**changes: Any) -> bytes:
    return _lines({**_ISSUE, **changes}, _CLOSED)


MERGES: Final = (
    b"\n~~~\n".join(
        (
            _merge(),
            _merge(title="Ours", labels=["a", "b"], updated_at="2026-03-01T00:00:00Z", metadata={"customer": 43}),
            _merge(status="closed", closed_at="2026-03-02T00:00:00Z", comments=[], updated_at="2026-03-02T00:00:00Z"),
        )
    ),
    b"\n~~~\n".join((_merge(), _lines(_DELETED, _ISSUE), _lines({**_ISSUE, "id": "app-3oid"}))),
)

_COMMENT: Final = b"TODO(app-1a2b): look at app-9z9z\n"
SOURCES: Final = {
    "python": b'# TODO: a "string" here\nx = "# TODO no"\n"""Doc. TODO: yes\n"""\nr\'\'\'raw\'\'\'  # FIXME(anna): b\n',
    "javascript": b"// TODO: a\nlet s = `t ${x /* FIXME: b */} u`; /* HACK(app-1a2b)\n * more */ let r = /[/]\\//g\n",
    "c": b'/* XXX: a */ char *s = "/* no */"; // BUG #12: b \\\n continued\n#define X \'"\'\n',
    "rust": b'/* a /* nested TODO: b */ */ let s = r#"// no"#; // FIXME: c\nlet l: &\'a str = b"x";\n',
    "shellscript": b"# TODO: a\ncat <<EOF # FIXME\n# no\nEOF\necho \"${x#y}\" '# no' $'z' # HACK: b\n",
    "ruby": b"# TODO: a\n=begin\nFIXME: b\n=end\nx = %q(# no) + <<~EOS\n# no\nEOS\n",
    "php": b"<?php // TODO: a\n# FIXME b\n$x = <<<'EOT'\n// no\nEOT;\n/** @todo HACK: c */ ?>\n",
    "html": b"<!-- TODO: a -->\n<script>// FIXME: b\n</script><p title='<!-- no -->'>x</p>\n",
    "markdown": b"TODO: prose app-1a2b\n\n```python\n# FIXME: code\n```\n- [ ] TODO(anna): item\n~~~\nnone\n",
    "sql": b"-- TODO: a\nselect '-- no', $$ -- no $$ /* FIXME: b */ from t;\n",
    "haskell": b'{- a {- TODO: b -} -} x = "-- no" -- FIXME: c\n',
    "lua": b"--[==[ TODO: a ]==] x = [[-- no]] -- FIXME: b\n",
    "yaml": b"a: '# no' # TODO: b\nb: |\n  # FIXME\n",
    "perl": b"# TODO: a\n=pod\nFIXME: b\n=cut\n$x = q{# no}; m/#/;\n",
    "csharp": b'/// TODO: a\nvar s = @"// no ""x"""; var t = $"{x}"; // FIXME: b\n',
    "go": b'// TODO: a\ns := `// no` + "x" /* FIXME(bob): b */\n',
}
