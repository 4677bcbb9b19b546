"""A slow lexer that reads one character after the other, from the same table of forms, without regular expressions.

What it gives is what `todos.lexer` must give. Recursion stands for what is nested, and nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.reference_openers import BLANKS, LINE_ENDS, Openers

from issuelens.todos.forms import (
    DOCUMENTATION_WORDS,
    PAIRS,
    WORD,
    Alone,
    Block,
    Character,
    Delimited,
    Form,
    Heredoc,
    Hole,
    Indented,
    Leave,
    Line,
    Marked,
    Quoted,
    Regex,
    Section,
    Skipped,
)
from issuelens.todos.languages import Language
from issuelens.todos.lexer import CommentKind, CommentSpan
from issuelens.todos.places import value_may_begin


class Reference(Openers):
    """One reading of a text."""

    def __init__(self, text: str, language: Language) -> None:
        super().__init__(text)
        self.language = language
        self.spans: list[CommentSpan] = []
        self.heredocs: list[tuple[str, bool, bool]] = []
        self.depth = 0

    def read(self) -> list[CommentSpan]:
        """The comments of the whole text."""
        self.code(0, None, None)
        return self.spans

    # Code

    def code(self, place: int, string: Quoted | None, hole: Hole | None) -> int:
        """Reads code to the end of the hole it is in (a line's end that ends it: less than 0), or of the text."""
        depth = 0
        while place < len(self.text):
            form = next((one for one in self.language.forms if self.opens(one, place) is not None), None)
            if isinstance(form, Leave):
                self.span(place, place + len(form.opener), CommentKind.PROSE, len(form.opener), "", inner=False)
                return len(self.text)
            if form is not None:
                end = self.token(form, place)
                place = place + 1 if end < 0 else end
                continue
            sign = self.at(place)
            if hole is not None and string is not None:
                if sign in LINE_ENDS and not string.spans_lines:
                    return -place - 1
                if depth == 0 and sign == hole.closer:
                    return place + 1
                depth = max(0, depth + (sign in hole.brackets[::2]) - (sign in hole.brackets[1::2]))
            place = self.sign(place, hole if depth == 0 else None)
        return place

    def sign(self, place: int, hole: Hole | None) -> int:
        """Reads a character that begins nothing; `hole` is the one that it stands in outside of brackets."""
        if hole is not None and self.at(place) == hole.text_from:
            return self.format(place + 1)
        if self.at(place) in LINE_ENDS and self.heredocs:
            return self.bodies(place)
        return place + 1

    def format(self, place: int) -> int:
        """Reads the format of an interpolation: text with pairs of braces."""
        while self.at(place) and self.at(place) not in "}" + LINE_ENDS:
            if self.at(place) == "{":
                end = place + 1
                while self.at(end) and self.at(end) not in "{}" + LINE_ENDS:
                    end += 1
                if self.at(end) != "}":
                    return place
                place = end
            place += 1
        return place

    def span(
        self, start: int, end: int, kind: CommentKind, opener: int, closer: str, inner: bool | None = None
    ) -> None:
        """Notes a comment."""
        is_inner = bool(self.depth or self.heredocs) if inner is None else inner
        self.spans.append(CommentSpan(start, end, kind, opener, closer, is_inner))

    # Tokens

    def token(self, form: Form, place: int) -> int:
        """The end of a form that begins here; -1 when it is none after all."""
        after = self.opens(form, place)
        assert after is not None
        if isinstance(form, Line):
            return self.line(form, place, after)
        if isinstance(form, Quoted):
            return self.quoted(form, place, after)
        if isinstance(form, Heredoc):
            return self.heredoc(form, place, after)
        if isinstance(form, Character):
            return self.character(form, after)
        if isinstance(form, Skipped):
            return min(after + form.count, self.line_end(after))
        if isinstance(form, Regex):
            return self.regex(form, place, after)
        if isinstance(form, Delimited):
            return self.delimited(form, place, after)
        return self.block(form, place, after)

    def block(self, form: Form, place: int, after: int) -> int:
        """Comments and raw strings up to an end of their own."""
        is_comment, closer = True, ""
        if isinstance(form, Block):
            end, closer = self.nested(form, after) if form.is_nested else self.behind(form.closer, after), form.closer
            end = len(self.text) if end < 0 else end
        elif isinstance(form, Marked):
            mark = self.text[place + len(form.opener) : after - len(form.then)]
            closer, is_comment = form.close + mark + form.after, form.is_comment
            end = self.behind(closer, after)
        elif isinstance(form, Section):
            end, closer, is_comment = self.section(form, after), form.closer, form.is_comment
        else:
            assert isinstance(form, Indented)
            end, is_comment = self.indented(form, place, after), form.is_comment
        if end >= 0 and is_comment:
            self.span(place, end, CommentKind.BLOCK, after - place, closer)
        return end

    def behind(self, closer: str, place: int) -> int:
        """The place behind the next closer; -1 without one."""
        while place < len(self.text):
            if self.text[place : place + len(closer)] == closer:
                return place + len(closer)
            place += 1
        return -1

    def line(self, form: Line, place: int, after: int) -> int:
        """A comment to the line's end."""
        end = after
        while self.at(end) and self.at(end) not in LINE_ENDS:
            if form.until and self.text.startswith(form.until, end):
                break
            if form.is_continued and self.at(end) == "\\":
                end += 2 if self.text.startswith("\r\n", end + 1) else 1
            end = min(end + 1, len(self.text))
        self.span(place, end, CommentKind.LINE, after - place, "")
        return end

    def nested(self, form: Block, place: int) -> int:
        """The end of a nested comment."""
        depth = 1
        while place < len(self.text):
            quote = self.at(place)
            if self.text.startswith(form.opener, place):
                depth, place = depth + 1, place + len(form.opener)
            elif self.text.startswith(form.closer, place):
                depth, place = depth - 1, place + len(form.closer)
            elif form.quotes and any(self.text.startswith(one, place) for one in ("'\"'", "'\\\"'")):
                place = self.text.index("'", place + 1) + 1
            elif quote in form.quotes:
                place += 1
                while self.at(place) and self.at(place) != quote:
                    place += 2 if self.at(place) == "\\" else 1
                place += 1
            else:
                place += 1
            if depth == 0:
                return place
        return -1

    def section(self, form: Section, place: int) -> int:
        """The end of the line that closes a section."""
        if not form.closer:
            return len(self.text)
        while place < len(self.text):
            begin = place + 1
            if self.at(place) in LINE_ENDS:
                while form.is_alone and self.at(begin) and self.at(begin) in BLANKS:
                    begin += 1
                after = begin + len(form.closer)
                if self.text.startswith(form.closer, begin):
                    rest = self.text[after : self.line_end(after)]
                    if form.is_alone and not rest.strip(BLANKS):
                        return self.line_end(after)
                    if not form.is_alone and (not rest or rest[0] not in WORD):
                        return self.line_end(after)
            place += 1
        return len(self.text)

    def indented(self, form: Indented, place: int, after: int) -> int:
        """The end of the last line that is indented enough."""
        begin = place
        while begin > 0 and self.at(begin - 1) not in LINE_ENDS:
            begin -= 1
        end, least = after, None
        parent = len(self.text[begin:place].expandtabs(8))
        if form.is_scalar:
            column = self.entry_column(begin, place)
            parent = max(0, self.text.rfind("-", begin, place) - begin) if begin + column == place else column
        else:
            end = self.line_end(after)
        line = self.next_line(end)
        while line < len(self.text):
            stop = self.line_end(line)
            words = self.text[line:stop].lstrip(BLANKS)
            if words:
                width = len(self.text[line : stop - len(words)].expandtabs(8))
                if width <= parent or (form.is_scalar and least is not None and width < least):
                    break
                least = width if least is None else least
                end = stop
            line = self.next_line(stop)
        return end

    def entry_column(self, place: int, limit: int) -> int:
        """The column behind the blanks and dashes that begin a line."""
        begin = place
        while place < limit and self.at(place) == " ":
            place += 1
        while place < limit - 1 and self.at(place) == "-" and self.at(place + 1) == " ":
            place += 1
            while place < limit and self.at(place) == " ":
                place += 1
        return place - begin

    def next_line(self, place: int) -> int:
        """The beginning of the next line; far away when there is none."""
        end = self.line_end(place)
        if end >= len(self.text):
            return len(self.text) + 1
        return end + (2 if self.text.startswith("\r\n", end) else 1)

    # Strings

    def quoted(self, form: Quoted, place: int, after: int) -> int:
        """A string with its holes; an outermost one that stands alone may be documentation."""
        end, went_in = self.string(form, after)
        if form.is_documentation and self.language.docstrings and not went_in and self.is_alone(form, place, end):
            self.span(place, end, CommentKind.DOCSTRING, after - place, form.closer)
        return end

    def string(self, form: Quoted, place: int) -> tuple[int, bool]:
        """Reads from within a string to behind its end; whether it had holes."""
        went_in = False
        while place < len(self.text):
            pair = next((one for one in form.pairs if self.text.startswith(one, place)), None)
            hole = next((one for one in form.holes if self.text.startswith(one.opener, place)), None)
            if pair is not None:
                place += len(pair)
            elif hole is not None:
                went_in = True
                self.depth += 1
                place = self.code(place + len(hole.opener), form, hole)
                self.depth -= 1
                if place < 0:
                    return -place - 1, went_in
            elif form.escape and self.at(place) == form.escape:
                place = min(place + 2, len(self.text))
            elif form.closer and self.text.startswith(form.closer, place):
                return place + len(form.closer), went_in
            elif self.at(place) in LINE_ENDS and not form.spans_lines:
                return place, went_in
            else:
                place += 1
        return place, went_in

    def is_alone(self, form: Quoted, place: int, end: int) -> bool:
        """Whether only a prefix stands before on the line, and what the form needs besides."""
        begin = place
        while begin > 0 and self.at(begin - 1) != "\n":
            begin -= 1
        words = self.text[begin:place].strip()
        if form.alone is Alone.LINE and self.text[end:].partition("\n")[0].strip():
            return False
        return words.lower() in DOCUMENTATION_WORDS and (form.alone is not Alone.WORD or bool(words))

    def regex(self, form: Regex, place: int, after: int) -> int:
        """The end of a regular expression on its line; -1 without one."""
        if not value_may_begin(self.text, place, form.words, form.is_argument, form.begins_lines):
            return -1
        in_class = False
        while self.at(after) and self.at(after) not in LINE_ENDS:
            sign = self.at(after)
            if sign == "\\":
                if not self.at(after + 1) or self.at(after + 1) in LINE_ENDS:
                    return -1
                after += 1
            elif sign == "/" and not in_class:
                return after + 1
            else:
                in_class = sign == "[" or (in_class and sign != "]")
            after += 1
        return -1

    def delimited(self, form: Delimited, place: int, after: int) -> int:
        """The end of quotes of any delimiter; -1 without one."""
        if form.needs_value_place and not value_may_begin(
            self.text, place, frozenset(), is_argument=True, begins_lines=True
        ):
            return -1
        found = self.delimited_head(form, place + len(form.opener))
        assert found is not None
        sign = self.at(after - 1)
        end = self.part(sign, after)
        if end < 0 or found[0] not in form.twice:
            return end
        if sign not in PAIRS:
            return self.part(sign, end)
        start = end
        while self.at(start) and self.at(start).isspace() and start - end < 200:
            start += 1
        second = self.at(start)
        return self.part(second, start + 1) if second and not second.isalnum() else end

    def part(self, sign: str, place: int) -> int:
        """The end of one part."""
        close, depth = PAIRS.get(sign, sign), 1
        while place < len(self.text):
            if self.at(place) == "\\":
                place += 1
            elif self.at(place) == close:
                depth -= 1
            elif self.at(place) == sign:
                depth += 1
            place += 1
            if depth == 0:
                return place
        return -1

    # Heredocs

    def heredoc(self, form: Heredoc, place: int, after: int) -> int:
        """Notes a heredoc whose body begins on the next line."""
        found = self.heredoc_head(form, place + len(form.opener))
        assert found is not None
        (mark, modified), _ = found
        end = (mark, form.is_indented or modified, form.is_loose)
        if self.body(end, after) < 0:
            return -1
        self.heredocs.append(end)
        return after

    def bodies(self, place: int) -> int:
        """Reads over the bodies of the heredocs noted on this line."""
        for end in self.heredocs:
            place = max(place, self.body(end, place))
        self.heredocs.clear()
        return place

    def body(self, end: tuple[str, bool, bool], place: int) -> int:
        """The place behind the next line that ends a heredoc; -1 without one."""
        mark, is_indented, is_loose = end
        for newline in self.newlines(place):
            begin = newline + 1
            while is_indented and self.at(begin) and self.at(begin) in BLANKS:
                begin += 1
            after = begin + len(mark)
            if not self.text.startswith(mark, begin):
                continue
            if is_loose and (not self.at(after) or self.at(after) not in WORD):
                return after
            if not is_loose and not self.text[after : self.line_end(after)].strip(BLANKS):
                return after
        return -1

    def newlines(self, place: int) -> Iterator[int]:
        """The line ends from here on."""
        return (at for at in range(place, len(self.text)) if self.text[at] in LINE_ENDS)


def reference_spans(text: str, language: Language) -> list[CommentSpan]:
    """The comments of a text, in order of their beginnings."""
    return sorted(Reference(text, language).read(), key=lambda span: span.start)
