"""Tables and trees on a terminal. Loaded only there: rich takes longer to load than a whole answer in a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

STATUS_STYLES: Final = {
    "open": "green",
    "in_progress": "yellow",
    "blocked": "red",
    "deferred": "magenta",
    "resolved": "dim",
    "closed": "dim",
    "archived": "dim",
    "tombstone": "dim strike",
}
_STYLES: Final = {"id": "cyan", "P0": "bold red", "P1": "red"}
_FLEXIBLE: Final = ("title", "waits for", "text", "what changed")


def print_table(rows: Sequence[Sequence[str]], names: Sequence[str]) -> None:
    """Prints a table whose longest texts are wrapped to the terminal's width."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in names:
        table.add_column(name, no_wrap=name not in _FLEXIBLE, overflow="fold" if name in _FLEXIBLE else "ellipsis")
    for row in rows:
        table.add_row(*(Text(cell, _style(name, cell)) for name, cell in zip(names, row, strict=True)))
    Console(highlight=False).print(table)


def _style(name: str, cell: str) -> str:
    if name == "status":
        return STATUS_STYLES.get(cell, "")
    return _STYLES.get(cell, "") if name == "priority" else _STYLES.get(name, "")


def print_tree(shape: dict[str, Any]) -> None:
    """Prints an issue with its branches."""
    root = Tree(_label(shape), guide_style="dim")
    _grow(root, shape)
    Console(highlight=False).print(root)


def _grow(tree: Tree, shape: dict[str, Any]) -> None:
    for branch in shape["branches"]:
        _grow(tree.add(_label(branch)), branch)


def _label(shape: dict[str, Any]) -> str:
    from issuelens.cli.output import one_line

    style = STATUS_STYLES.get(shape["status"], "default")
    kind = f"[dim]{escape(one_line(shape['type']))}[/] " if shape.get("type", "parent-child") != "parent-child" else ""
    again = " [dim](shown above)[/]" if shape.get("repeated") else ""
    title = escape(one_line(shape["title"]))
    return (
        f"{kind}[cyan]{escape(one_line(shape['id']))}[/] [{style}]{escape(one_line(shape['status']))}[/] {title}{again}"
    )


def print_board(columns: Sequence[tuple[str, Sequence[dict[str, Any]]]]) -> None:
    """Prints columns of issues side by side."""
    table = Table(header_style="bold", expand=True)
    for name, issues in columns:
        table.add_column(f"{name} ({len(issues)})", ratio=1)
    table.add_row(*(_column(issues) for _, issues in columns))
    Console(highlight=False).print(table)


def _column(issues: Sequence[dict[str, Any]]) -> Text:
    from issuelens.cli.output import one_line

    text = Text()
    for issue in issues:
        text.append(one_line(issue["id"]), "cyan")
        text.append(f" P{issue['priority']} ", _STYLES.get(f"P{issue['priority']}", "dim"))
        text.append(f"{one_line(issue['title'])}\n")
    return text
