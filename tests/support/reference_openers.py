"""What begins at a place of a text, for the slow lexer: one character after the other, without regular expressions."""

from __future__ import annotations

from issuelens.todos.forms import WORD, Character, Delimited, Form, Heredoc, Indented, Line, Marked, Section
from issuelens.todos.places import is_first_on_line

LINE_ENDS = "\r\n"
BLANKS = " \t"


class Openers:
    """The beginnings of forms in one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def at(self, place: int) -> str:
        """The character there; nothing beyond the ends."""
        return self.text[place] if 0 <= place < len(self.text) else ""

    def line_end(self, place: int) -> int:
        """The next line's end."""
        while self.at(place) and self.at(place) not in LINE_ENDS:
            place += 1
        return place

    def opens(self, form: Form, place: int) -> int | None:
        """The place behind the form's beginning when it may begin here."""
        after = self.opener(form, place)
        if after is None:
            return None
        before = self.at(place - 1)
        if form.is_first and not is_first_on_line(self.text, place):
            return None
        if before and before in form.not_behind:
            return None
        if before and form.only_behind and before not in form.only_behind:
            return None
        if form.prefixes and not any(self.is_prefixed(word, place, form.ignores_case) for word in form.prefixes):
            return None
        follows = self.at(after)
        if (follows and follows in form.not_before) or (
            form.only_before and (not follows or follows not in form.only_before)
        ):
            return None
        return after

    def is_prefixed(self, word: str, place: int, ignores_case: bool) -> bool:
        """Whether the word stands directly before, and is no part of a longer one."""
        begin = place - len(word)
        found = self.text[max(0, begin) : place]
        same = found.lower() == word.lower() if ignores_case else found == word
        return begin >= 0 and same and not (self.at(begin - 1) and self.at(begin - 1) in WORD)

    def opener(self, form: Form, place: int) -> int | None:
        """The place behind the opener's text."""
        text = self.text[place : place + len(form.opener)]
        if (text.lower() != form.opener.lower()) if form.ignores_case else (text != form.opener):
            return None
        after = place + len(form.opener)
        if isinstance(form, Heredoc):
            found = self.heredoc_head(form, after)
            return None if found is None else found[1]
        if isinstance(form, Delimited):
            found_name = self.delimited_head(form, after)
            return None if found_name is None else found_name[1]
        if isinstance(form, Character):
            return after if self.character(form, after) >= 0 else None
        return self.more_of_opener(form, after)

    def more_of_opener(self, form: Form, after: int) -> int | None:
        """The place behind what belongs to an opener beside its text."""
        if isinstance(form, Line) and form.is_run:
            return self.run(after, form.opener[-1], len(self.text))
        if isinstance(form, Marked):
            end = after
            while self.at(end) and (self.at(end) in form.marks) != form.is_inverted and end - after < form.most:
                end += 1
            fits = end - after >= form.least and self.text.startswith(form.then, end)
            return end + len(form.then) if fits else None
        if isinstance(form, Section) and form.is_alone:
            end = self.run(after, BLANKS, len(self.text))
            return after if end == self.line_end(end) else None
        if isinstance(form, Indented) and form.is_scalar:
            after = self.run(after, "-+0123456789", 3)
            end = self.run(after, BLANKS, len(self.text))
            return after if end == self.line_end(end) or (self.at(end) == "#" and end > after) else None
        return after

    def run(self, place: int, signs: str, most: int) -> int:
        """The place behind a run of some signs."""
        begin = place
        while self.at(place) and self.at(place) in signs and place - begin < most:
            place += 1
        return place

    def heredoc_head(self, form: Heredoc, place: int) -> tuple[tuple[str, bool], int] | None:
        """The mark, whether its end may be indented, and the place behind the head."""
        modified = bool(self.at(place)) and self.at(place) in form.modifiers
        place += modified
        while form.has_spaces and self.at(place) and self.at(place) in BLANKS:
            place += 1
        if self.at(place) and self.at(place) in "'\"":
            end = self.text.find(self.at(place), place + 1)
            mark = self.text[place + 1 : end] if end >= 0 else ""
            if not mark or len(mark) > 64 or "\n" in mark or "\r" in mark:
                return None
            return (mark, modified), end + 1
        place += self.at(place) == "\\"
        end = place
        while self.at(end) and self.at(end) in form.marks and end - place < 64:
            end += 1
        mark = self.text[place:end]
        return ((mark, modified), end) if mark and (mark[0] == "_" or mark[0].isalpha()) else None

    def delimited_head(self, form: Delimited, place: int) -> tuple[str, int] | None:
        """The name, and the place behind the delimiter."""
        for name in sorted(form.names, key=len, reverse=True):
            if not self.text.startswith(name, place):
                continue
            end = place + len(name)
            if self.at(end) and self.at(end) in form.delimiters:
                return name, end + 1
            begin = end
            while form.has_spaces and self.at(end) and self.at(end) in BLANKS and end - begin < 9:
                end += 1
            if end > begin and self.at(end) and self.at(end) in form.delimiters.replace("#", ""):
                return name, end + 1
        return None

    def character(self, form: Character, after: int) -> int:
        """The end of a character literal; -1 when it is none."""
        if self.at(after) == "\\" and self.at(after + 1) and self.at(after + 1) not in LINE_ENDS:
            place = after + 2
            while self.at(place) and self.at(place) not in form.opener + LINE_ENDS and place - after < 11:
                place += 1
            return place + 1 if self.at(place) == form.opener else -1
        if (
            self.at(after)
            and self.at(after) not in form.opener + "\\" + LINE_ENDS
            and self.at(after + 1) == form.opener
        ):
            return after + 2
        return -1
