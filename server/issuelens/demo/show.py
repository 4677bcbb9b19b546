"""How the demo shows what a person would see in the editor."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import ROUNDED
from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.panel import Panel
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from issuelens.editor_client.editor import Buffer

CONTEXT_LINES = 1
_COLOURS = {1: "red", 2: "yellow", 3: "blue", 4: "dim"}


class Screen:
    """A terminal, or a file without colours."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def step(self, title: str) -> None:
        """Begins a step."""
        self.console.print()
        self.console.print(Rule(Text(title, style="bold"), align="left", characters="─"))

    def say(self, text: str) -> None:
        """Says something in passing."""
        self.console.print(Text(text, style="dim"))

    def source(
        self,
        buffer: Buffer,
        name: str,
        lines: Sequence[int],
        lenses: Sequence[Mapping[str, Any]],
        diagnostics: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Shows lines of a file with the lens above and the diagnostic beneath, as an editor draws them.

        Args:
            buffer: the file.
            name: what to call it.
            lines: the 0-based lines that matter; those around them are shown too.
            lenses: LSP code lenses.
            diagnostics: LSP diagnostics.
        """
        text = buffer.text.splitlines()
        self.console.print(Text(f"  {name}", style="bold cyan"))
        for number in _with_context(lines, len(text)):
            if number is None:
                self.console.print(Text("     ⋮", style="dim"))
                continue
            self._lens_line(text[number], [lens for lens in lenses if lens["range"]["start"]["line"] == number])
            self.console.print(Text.assemble((f"{number + 1:5} ", "dim"), _code(text[number], buffer)))
            for one in diagnostics:
                if one["range"]["start"]["line"] == number:
                    self._diagnostic(one)

    def _lens_line(self, line: str, lenses: Sequence[Mapping[str, Any]]) -> None:
        if lenses:
            indent = " " * (6 + len(line) - len(line.lstrip()))
            titles = " | ".join(str(lens["command"]["title"]) for lens in lenses)
            self.console.print(Text(indent + titles, style="magenta"))

    def _diagnostic(self, one: Mapping[str, Any]) -> None:
        start, end = one["range"]["start"]["character"], one["range"]["end"]["character"]
        colour = _COLOURS.get(one.get("severity", 3), "blue")
        mark = " " * (6 + start) + "~" * max(1, end - start)
        self.console.print(Text(f"{mark} {one['message']}", style=colour))

    def difference(self, buffer: Buffer, name: str) -> None:
        """Shows what was edited in the buffer, as a diff."""
        lines = difflib.unified_diff(
            buffer.original.splitlines(), buffer.text.splitlines(), name, f"{name} (buffer)", lineterm="", n=0
        )
        self.console.print(Syntax("\n".join(lines), "diff", background_color="default"))

    def card(self, markdown: str) -> None:
        """Shows a hover."""
        self.console.print(Panel(Markdown(markdown), box=ROUNDED, expand=False, border_style="dim"))

    def command(self, line: str, output: str) -> None:
        """Shows a command as typed, with what it printed."""
        self.console.print(f"  [bold]$ {escape(line)}[/bold]", highlight=False)
        for printed in output.rstrip().splitlines():
            self.console.print(Text(f"  {printed}"))

    def counts(self, counts: Mapping[str, int]) -> None:
        """Shows what is left, all in one line."""
        for name, count in counts.items():
            style = "green" if count == 0 else "bold red"
            self.console.print(Text(f"  {name:<44}", style="").append(str(count), style=style))


def _with_context(lines: Sequence[int], count: int) -> list[int | None]:
    shown = sorted({near for line in lines for near in range(line - CONTEXT_LINES, line + CONTEXT_LINES + 1)})
    result: list[int | None] = []
    for number in shown:
        if 0 <= number < count:
            if result and result[-1] is not None and number > result[-1] + 1:
                result.append(None)
            result.append(number)
    return result


def _code(line: str, buffer: Buffer) -> Text:
    lexer = Syntax.guess_lexer(str(buffer.path), buffer.text[:2000])
    shown = Syntax(line, lexer, background_color="default").highlight(line)
    shown.rstrip()
    return shown
