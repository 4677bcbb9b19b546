"""What a language is to the lexer."""

from __future__ import annotations

import re
from enum import StrEnum

from issuelens.todos.forms import Form, Line


class Holding(StrEnum):
    """In which way a text of one language holds others (see `embedded`)."""

    MARKDOWN = "markdown"
    PROSE = "prose"
    HTML = "html"
    COMPONENT = "component"
    PHP = "php"
    TEMPLATE = "template"
    ORG = "org"
    OUTLINE = "outline"
    LITERATE = "literate"
    NOTEBOOK = "notebook"
    PLAIN = "plain"


class Language:
    """How one language writes comments and strings: the first of `forms` that fits at a place counts.

    `docstrings` says that a string standing alone is documentation. `is_markup` marks prose with code in it. `holding`
    says how the text holds other languages. `choices` are for files of one extension that several languages share:
    patterns of what their texts have, and the languages; the language itself stands for none of them.
    """

    def __init__(
        self,
        name: str,
        forms: tuple[Form, ...] = (),
        docstrings: bool = False,
        is_markup: bool = False,
        holding: Holding | None = None,
        choices: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.name = name
        self.forms = forms
        self.docstrings = docstrings
        self.is_markup = is_markup
        self.holding = holding
        self.choices = choices
        self.compiled: dict[str, re.Pattern[str]] = {}
        """The lexer's patterns, built on first use; they live as long as this table."""

    @property
    def line(self) -> tuple[str, ...]:
        """What begins its comments to the line's end."""
        return tuple(form.opener for form in self.forms if isinstance(form, Line))

    @property
    def tokens(self) -> tuple[str, ...]:
        """What begins and ends its comments and strings."""
        closers = (getattr(form, "closer", "") for form in self.forms)
        return tuple(dict.fromkeys(one for one in (*(form.opener for form in self.forms), *closers) if one))

    @property
    def is_stateless(self) -> bool:
        """Whether lexing may begin behind any comment (see `lexer.spans_from`); not so where languages are embedded."""
        return self.holding is None and not self.choices
