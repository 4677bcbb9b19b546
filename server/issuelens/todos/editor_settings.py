"""What other TODO extensions were told, as settings of config.toml: their tags, excludes, colours and icons.

Todo Tree and its successor Better Todo Tree, TODO Highlight, Better Comments; the names of their settings are those of
their package.json.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from attrs import define, evolve, field, frozen

from issuelens.domain.config import TodoConfig
from issuelens.domain.tags import KNOWN_TAGS, TagStyle, is_icon, is_tag
from issuelens.todos.colours import color_of
from issuelens.todos.globs import NoPattern, patterns_of
from issuelens.todos.jsonc import read_jsonc
from issuelens.todos.regex import regex

SIZE_LIMIT: Final = 1_000_000
"""Bytes of a file of settings."""
ENTRIES_LIMIT: Final = 1_000
"""Tags or globs of one setting, and of all of them."""
_FULL: Final = f"there are {ENTRIES_LIMIT} already; the others are left out"
SHOWN: Final = 60
"""Characters of a value in a remark."""
_CODICON = regex(r"\$\((?P<name>[^)]*)\)")
_Settings = Mapping[str, Any]


@frozen
class LeftOut:
    """What can't be taken over, or, when `is_taken`, only changed: the setting, its value or a part of it, and why."""

    setting: str
    value: str
    reason: str
    is_taken: bool = False


@define
class Taken:
    """What the settings say in our words. `sources` names the extensions."""

    sources: list[str] = field(factory=list)
    tags: list[str] = field(factory=list)
    exclude: list[str] = field(factory=list)
    styles: dict[str, TagStyle] = field(factory=dict)
    left_out: list[LeftOut] = field(factory=list)

    def leave(self, setting: str, value: Any, reason: str, *, is_taken: bool = False) -> None:
        """Notes what can't be taken over as it is."""
        text = value if isinstance(value, str) else ""
        self.left_out.append(LeftOut(setting, text[:SHOWN] + ("…" if len(text) > SHOWN else ""), reason, is_taken))

    def leave_once(self, setting: str, reason: str) -> None:
        """Notes what holds for many values of a setting alike."""
        one = LeftOut(setting, "", reason)
        if not self.left_out or self.left_out[-1] != one:
            self.left_out.append(one)


def changed_settings(taken: Taken, todos: TodoConfig, *, has_tags: bool) -> dict[str, tuple[Any, Any]]:
    """What of config.toml would be another: whole name -> what it is now and what it would be.

    Tags and excludes are added to those that config.toml names; what it says of a tag stays.

    Args:
        taken: what was read.
        todos: the configuration as it is.
        has_tags: whether config.toml names the tags; else they are the usual ones, and those taken come in their place.
    """
    tags = list(dict.fromkeys([*(todos.tags if has_tags else ()), *taken.tags]))
    exclude = list(dict.fromkeys([*todos.exclude, *taken.exclude]))
    wanted: dict[str, tuple[Any, Any]] = {}
    if taken.tags and tags != list(todos.tags):
        wanted["todos.tags"] = (list(todos.tags), tags)
    if exclude != list(todos.exclude):
        wanted["todos.exclude"] = (list(todos.exclude), exclude)
    for tag, style in taken.styles.items():
        own = todos.styles.get(tag, TagStyle())
        if tag in KNOWN_TAGS or tag in (tags or todos.tags):
            for name in ("color", "icon"):
                if getattr(own, name) is None and getattr(style, name) is not None:
                    wanted[f"todos.tag.{tag}.{name}"] = (None, getattr(style, name))
    return wanted


def read_editor_settings(text: str, *, is_workspace: bool = False) -> Taken:
    """What the text of a settings.json, or of a .code-workspace file, says of TODOs.

    Raises:
        ValueError: when it can't be read.
    """
    value = read_jsonc(text)
    if is_workspace and isinstance(value, dict):
        value = value.get("settings", {})
    if not isinstance(value, dict):
        raise ValueError("it is not an object of settings")
    taken = Taken()
    for name, begins, read in _READERS:
        if any(key.startswith(begins) for key in value):
            taken.sources.append(name)
            read(_Reader(value, begins, taken))
    return taken


@frozen
class _Reader:
    """Reads the settings of one extension, which all begin alike."""

    settings: _Settings
    begins: str
    taken: Taken

    def get(self, *names: str) -> tuple[str, Any]:
        """The first of several names that is set, whole, and its value; the first name and None when none is."""
        for name in names:
            if self.begins + name in self.settings:
                return self.begins + name, self.settings[self.begins + name]
        return self.begins + names[0], None

    def entries(self, *names: str) -> Iterator[tuple[str, Any]]:
        """The entries of a setting that is a list; one text counts as a list of one."""
        name, value = self.get(*names)
        values = [value] if isinstance(value, str) else value
        if values is not None and not isinstance(values, list):
            self.taken.leave(name, value, "it is not a list")
            return
        for number, one in enumerate(values or ()):
            if number >= ENTRIES_LIMIT:
                self.taken.leave(name, "", f"it has more than {ENTRIES_LIMIT} entries; the others are left out")
                return
            yield name, one

    def tag(self, setting: str, word: Any) -> str | None:
        """Takes a tag; None when it can't be one."""
        tag = _tag_of(word)
        if tag is None:
            self.taken.leave(setting, word, _why_no_tag(word))
        elif tag not in self.taken.tags:
            if len(self.taken.tags) >= ENTRIES_LIMIT:
                self.taken.leave_once(setting, _FULL)
                return None
            self.taken.tags.append(tag)
            if tag != word.strip().rstrip(":"):
                self.taken.leave(setting, word, f"taken as {tag}: only capitals count here", is_taken=True)
        return tag

    def exclude(self, setting: str, glob: Any, *, at_root: bool = False) -> None:
        """Takes a glob that leaves files out."""
        try:
            patterns = patterns_of(glob if isinstance(glob, str) else "", at_root=at_root)
        except NoPattern as error:
            self.taken.leave(setting, glob, str(error))
            return
        new = [one for one in patterns if one not in self.taken.exclude]
        if len(self.taken.exclude) + len(new) > ENTRIES_LIMIT:
            self.taken.leave_once(setting, _FULL)
            return
        self.taken.exclude += new

    def style(self, setting: str, tag: str, colours: list[Any], icon: Any = None) -> None:
        """Takes the first colour that is one, and the icon; what is known of the tag stays."""
        texts = [one for one in colours if isinstance(one, str) and one.strip().lower() not in ("", "transparent")]
        color = next((found for one in texts if (found := color_of(one)) is not None), None)
        if texts and color is None:
            self.taken.leave(setting, texts[0], f"{tag}: this colour can't be said as #rrggbb or as a theme colour")
        name = _icon_of(icon)
        if icon is not None and name is None:
            self.taken.leave(setting, icon, f"{tag}: it is not the name of an icon")
        known = self.taken.styles.get(tag, TagStyle())
        style = evolve(known, color=known.color or color, icon=known.icon or name)
        if style != TagStyle():
            self.taken.styles[tag] = style

    def cannot(self, reasons: Mapping[str, str]) -> None:
        """Notes settings that have no like here, where they are set to anything."""
        for name, reason in reasons.items():
            whole, value = self.get(name)
            if value not in (None, "", [], {}, False):
                self.taken.leave(whole, value, reason)


def _tag_of(word: Any) -> str | None:
    if not isinstance(word, str) or len(word) > 100:
        return None
    tag = word.strip().rstrip(":").removeprefix("@").upper()
    return tag if is_tag(tag) else None


def _why_no_tag(word: Any) -> str:
    if isinstance(word, str) and re.fullmatch(r"\s*\[.?\]\s*", word):
        return "a box is no tag here; a task counts when a tag follows, as in `- [ ] TODO`"
    return "it can't be a tag; use capitals, digits, - and _, at least two"


def _icon_of(icon: Any) -> str | None:
    if not isinstance(icon, str):
        return None
    match = _CODICON.fullmatch(icon.strip())
    name = match["name"] if match is not None else icon.strip()
    return name if is_icon(name) else None


# Todo Tree

_NO_LIKE: Final = {
    "regex.regex": "comments are read as comments here, not by a regular expression",
    "regex.subTagRegex": "owners, priorities and dates are read by the grammar",
    "filtering.includeGlobs": "all files are read but those left out; leave out the others",
    "filtering.scopes": "there are no scopes; queries and options choose what is shown",
    "filtering.includedWorkspaces": "each workspace has settings of its own",
    "filtering.excludedWorkspaces": "each workspace has settings of its own",
    "general.rootFolder": "the root is the workspace's",
    "highlights.backgroundColourScheme": "colours are set for each tag",
    "highlights.foregroundColourScheme": "colours are set for each tag",
}


def _todo_tree(reader: _Reader) -> None:
    for setting, word in reader.entries("general.tags", "tags"):
        reader.tag(setting, word)
    for setting, glob in reader.entries("filtering.excludeGlobs", "excludeGlobs"):
        reader.exclude(setting, glob)
    _built_in_excludes(reader)
    _groups(reader)
    _highlights(reader)
    reader.cannot(_NO_LIKE)


def _built_in_excludes(reader: _Reader) -> None:
    _, wanted = reader.get("filtering.useBuiltInExcludes")
    chosen = {
        "file excludes": ["files"],
        "search excludes": ["search"],
        "file and search excludes": ["files", "search"],
    }
    for name in chosen.get(wanted, []) if isinstance(wanted, str) else []:
        globs = reader.settings.get(f"{name}.exclude", {})
        for glob, is_on in globs.items() if isinstance(globs, dict) else ():
            if is_on is True:
                reader.exclude(f"{name}.exclude", glob, at_root=True)
            elif is_on:
                reader.taken.leave(f"{name}.exclude", glob, "it holds only beside another file")


def _groups(reader: _Reader) -> None:
    setting, groups = reader.get("general.tagGroups")
    for name, words in groups.items() if isinstance(groups, dict) else ():
        for word in words[:ENTRIES_LIMIT] if isinstance(words, list) else []:
            reader.tag(setting, word)
        reader.taken.leave(setting, name, "there are no groups; each of its tags counts by itself", is_taken=True)


def _highlights(reader: _Reader) -> None:
    setting, custom = reader.get("highlights.customHighlight", "customHighlight")
    _, usual = reader.get("highlights.defaultHighlight", "defaultHighlight")
    custom = {_tag_of(name): one for name, one in custom.items()} if isinstance(custom, dict) else {}
    usual = usual if isinstance(usual, dict) else {}
    for tag in dict.fromkeys([*reader.taken.tags, *custom]):
        own = custom.get(tag)
        look = {**usual, **(own if isinstance(own, dict) else {})}
        if tag is not None and look and (tag in reader.taken.tags or not reader.taken.tags):
            colours = [look.get(name) for name in ("iconColour", "foreground", "background")]
            reader.style(setting, tag, colours, look.get("icon"))


# TODO Highlight, Better Comments


def _todo_highlight(reader: _Reader) -> None:
    for setting, one in reader.entries("keywords"):
        look = one if isinstance(one, dict) else {"text": one}
        tag = reader.tag(setting, look.get("text"))
        if tag is not None:
            reader.style(setting, tag, [look.get("backgroundColor"), look.get("color")])
    for setting, glob in reader.entries("exclude"):
        reader.exclude(setting, glob, at_root=True)
    reader.cannot(
        {
            "keywordsPattern": "tags are words here, not a regular expression",
            "include": "all files are read but those left out; leave out the others",
        }
    )


def _better_comments(reader: _Reader) -> None:
    for setting, one in reader.entries("tags"):
        look = one if isinstance(one, dict) else {}
        tag = reader.tag(setting, look.get("tag"))
        if tag is not None:
            reader.style(setting, tag, [look.get("color"), look.get("backgroundColor")])


_READERS: Final[tuple[tuple[str, str, Callable[[_Reader], None]], ...]] = (
    ("Better Todo Tree", "better-todo-tree.", _todo_tree),
    ("Todo Tree", "todo-tree.", _todo_tree),
    ("TODO Highlight", "todohighlight.", _todo_highlight),
    ("Better Comments", "better-comments.", _better_comments),
)
EXTENSIONS: Final = tuple(name for name, _, _ in _READERS)
"""Whose settings can be read; what comes first counts where they say different things."""
