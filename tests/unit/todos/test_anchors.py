"""A TODO keeps its key as long as a person would call it the same one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from issuelens.todos.anchors import KEY_LENGTH, carried, with_keys
from issuelens.todos.found import Marker, findings_of
from issuelens.todos.languages import LANGUAGES
from issuelens.todos.settings import ScanSettings

SETTINGS = ScanSettings(tags=("TODO", "FIXME"), prefixes=frozenset({"app"}))


def markers(text: str) -> tuple[Marker, ...]:
    return findings_of("a.py", text, LANGUAGES["python"], SETTINGS).markers


def known(text: str, path: str = "a.py") -> tuple[Marker, ...]:
    return with_keys(path, (), markers(text))


def keys(found: Sequence[Marker]) -> dict[str, str]:
    """Text -> key."""
    return {one.text: one.key for one in found}


def after(old: str, new: str) -> tuple[dict[str, str], dict[str, str]]:
    """The keys by text, before and after a change of one file."""
    before = known(old)
    return keys(before), keys(with_keys("a.py", before, markers(new)))


OLD = "x = 1\n# TODO: one\ny = 2\n\n# FIXME: two\nz = 3\n"


def test_new_keys_depend_on_path_and_content_only() -> None:
    first, again, elsewhere = known(OLD), known(OLD), known(OLD, "b.py")
    assert first == again
    assert not {one.key for one in first} & {one.key for one in elsewhere}
    assert all(len(one.key) == KEY_LENGTH and one.key.isalnum() for one in first)


def test_an_edited_text_keeps_its_key() -> None:
    before, now = after(OLD, OLD.replace("one", "another thing"))
    assert now == {"another thing": before["one"], "two": before["two"]}


def test_a_changed_neighbourhood_keeps_the_key() -> None:
    before, now = after(OLD, OLD.replace("x = 1", "w = 0").replace("y = 2", "q = 5"))
    assert now == before


def test_moves_within_the_file_keep_the_keys() -> None:
    before, now = after(OLD, "# FIXME: two\nz = 3\n" + "pass\n" * 500 + "x = 1\n# TODO: one\ny = 2\n")
    assert now == before


def test_a_text_that_goes_on_between_other_lines_keeps_its_key() -> None:
    before, now = after("a\n# TODO: use the new parser\nb\n", "c\n# TODO: use the new parser, once it is there\nd\n")
    assert set(now.values()) == set(before.values())
    before, now = after("a\n# TODO: use it\nb\n", "c\n# TODO: use it once\nd\n")
    assert not set(now.values()) & set(before.values())


def test_an_id_that_is_written_in_keeps_the_key() -> None:
    before, now = after(OLD, OLD.replace("TODO: one", "TODO(app-1a2b): one"))
    assert now == before


def test_an_id_is_known_whatever_else_changes() -> None:
    before, now = after(
        "a\n# TODO(app-1a2b): first thing\nb\n", "c\n" * 80 + "# FIXME(app-1a2b): all new\nd\n# TODO: first thing\n"
    )
    assert now["all new"] == before["first thing"]
    assert now["first thing"] != before["first thing"]


def test_another_issues_todo_at_the_same_place_is_another_one() -> None:
    before, now = after("a\n# TODO(app-1a2b): one\nb\n", "a\n# TODO(app-3c4d): other\nb\n")
    assert now["other"] != before["one"]


def test_between_common_lines_far_away_stands_another_one() -> None:
    old = "{\n# TODO: drop the cache\n}\n" + "pass\n" * 100
    before, now = after(old, "pass\n" * 100 + "{\n# TODO: unrelated words\n}\n")
    assert now["unrelated words"] != before["drop the cache"]
    before, now = after(old, "pass\n" * 100 + "{\n# TODO: drop the old cache\n}\n")
    assert now["drop the old cache"] == before["drop the cache"]


def test_a_new_one_takes_no_key_of_one_that_was_edited() -> None:
    first = known("a\n# TODO: one\nb\n")
    second = with_keys("a.py", first, markers("a\n# TODO: two\nb\n"))
    third = with_keys("a.py", second, markers("a\n# TODO: two\nb\n" + "pass\n" * 9 + "a\n# TODO: one\nb\n"))
    assert second[0].key == first[0].key
    assert keys(third)["two"] == first[0].key
    assert keys(third)["one"] != first[0].key


TWIN = "if x:\n    # TODO: same\n    pass\n"


def test_twins_keep_their_order() -> None:
    before = known(TWIN * 5)
    assert len({one.key for one in before}) == 5
    now = with_keys("a.py", before, markers("import os\n" * 30 + TWIN * 5))
    assert [one.key for one in now] == [one.key for one in before]


def test_of_twins_the_one_is_gone_that_was_deleted() -> None:
    gap = "".join(f"# TODO: number {n}\n" + "pass\n" * 9 + TWIN for n in range(5))
    before = known(gap)
    cut = gap.splitlines()
    at = cut.index("# TODO: number 2")
    del cut[at : at + 13]
    now = with_keys("a.py", before, markers("import os\n" * 40 + "\n".join(cut) + "\n"))
    assert [one.key for one in now] == [one.key for n, one in enumerate(before) if n not in (4, 5)]


def test_a_twin_that_comes_before_takes_no_key() -> None:
    before = known("x = 1\n" + TWIN + "y = 1\n" * 40 + TWIN)
    now = with_keys("a.py", before, markers("x = 1\n" + TWIN + "y = 1\n" * 20 + TWIN + "y = 1\n" * 17 + TWIN))
    assert [now[0].key, now[2].key] == [one.key for one in before]
    assert now[1].key not in {one.key for one in before}


def moved(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """`path text` -> key, before and after a change of several files."""
    held = {path: known(text, path) for path, text in before.items()}
    holds = carried(held, {path: markers(text) for path, text in now.items()})
    return (
        {f"{path} {one.text}": one.key for path, found in held.items() for one in found},
        {f"{path} {one.text}": one.key for path, found in holds.items() for one in found},
    )


def test_a_renamed_file_keeps_its_keys_also_of_what_is_edited_in_it() -> None:
    new = OLD.replace("one", "all other words")
    before, now = moved({"a.py": OLD}, {"b/c.py": new})
    assert now == {"b/c.py all other words": before["a.py one"], "b/c.py two": before["a.py two"]}


def test_the_only_one_of_a_file_that_moved_may_be_edited() -> None:
    before, now = moved({"x/a.py": "a\n# TODO: one\nb\n"}, {"y/a.py": "a\n# TODO: one more thing\nb\n"})
    assert list(now.values()) == list(before.values())
    before, now = moved({"x/a.py": "a\n# TODO: one\nb\n"}, {"y/b.py": "a\n# TODO: one more thing\nb\n"})
    assert list(now.values()) != list(before.values())


def test_a_renamed_folder_of_files_alike_keeps_which_is_which() -> None:
    files = ("x.py", "y.py", "z.py")
    before, now = moved(
        {f"old/{name}": TWIN for name in files}, {f"new/{name}": TWIN for name in reversed(files)} | {"new/0.py": TWIN}
    )
    for name in files:
        assert now[f"new/{name} same"] == before[f"old/{name} same"]
    assert now["new/0.py same"] not in before.values()


def test_one_that_moves_to_another_file_keeps_its_key() -> None:
    before, now = moved({"a.py": OLD, "b.py": "pass\n"}, {"a.py": "# FIXME: two\nz = 3\n", "b.py": "\n# TODO: one\n"})
    assert now == {"a.py two": before["a.py two"], "b.py one": before["a.py one"]}


def test_a_copy_takes_no_key() -> None:
    before, now = moved({"a.py": OLD}, {"a.py": OLD, "b.py": OLD})
    assert {name: now[name] for name in before} == before
    assert len(set(now.values())) == 4


def test_files_that_change_places_take_their_keys_along() -> None:
    other = "u = 1\n# TODO: three\nv = 2\n"
    before, now = moved({"a.py": OLD, "b.py": other}, {"a.py": other, "b.py": OLD})
    assert now["b.py one"] == before["a.py one"]
    assert now["a.py three"] == before["b.py three"]


def test_keys_of_other_files_are_not_given_again() -> None:
    here = known(OLD)
    there = carried({"a.py": here, "b.py": ()}, {"a.py": (), "b.py": markers(OLD)})["b.py"]
    assert [one.key for one in there] == [one.key for one in here]
    back = carried({}, {"a.py": markers(OLD)}, taken={one.key for one in there})["a.py"]
    assert not {one.key for one in back} & {one.key for one in there}


# What holds for any change

few = st.sampled_from(["p", "q", "r"])
marker = st.builds(
    Marker,
    tag=st.just("TODO"),
    text=few,
    words=few,
    around=few,
    line=st.integers(0, 60),
    column=st.just(0),
    issue_id=st.none() | st.sampled_from(["app-1", "app-2"]),
    key=st.just(""),
)
held = st.lists(marker, max_size=12).map(lambda found: tuple(sorted(found, key=lambda one: one.line)))
tree = st.dictionaries(st.sampled_from(["a", "b", "c/a", "c/b"]), held, max_size=4)


@given(tree, st.lists(tree, min_size=1, max_size=4))
def test_no_two_have_one_key_and_all_have_one(start: dict[str, tuple[Marker, ...]], changes: list[object]) -> None:
    now = carried({}, start)
    for change in changes:
        assert isinstance(change, dict)
        again = carried(now, change)
        assert again == carried(dict(reversed(now.items())), dict(reversed(change.items())))
        now = again
        given_keys = [one.key for found in now.values() for one in found]
        assert all(given_keys)
        assert len(set(given_keys)) == len(given_keys)
        assert {path: tuple(one._replace(key="") for one in found) for path, found in now.items()} == change


@given(tree)
def test_what_does_not_change_keeps_all_keys(start: dict[str, tuple[Marker, ...]]) -> None:
    now = carried({}, start)
    assert carried(now, start) == now


@given(st.lists(st.integers(0, 400), unique=True, max_size=30), st.randoms(use_true_random=False))
def test_any_order_of_different_ones_keeps_all_keys(numbers: list[int], random: object) -> None:
    lines = [f"v{n} = 0\n# TODO: number {n}\nw{n} = 0\n" for n in numbers]
    before = known("".join(lines))
    random.shuffle(lines)  # type: ignore[attr-defined]
    now = with_keys("a.py", before, markers("".join(lines)))
    assert keys(now) == keys(before)


@given(
    st.lists(st.sampled_from(["same", "other", "third"]), max_size=20),
    st.sets(st.integers(0, 19)),
    st.lists(st.tuples(st.integers(0, 19), st.integers(1, 9)), max_size=5),
)
def test_deleted_and_inserted_lines_change_nothing_for_the_rest(
    texts: list[str], gone: set[int], inserted: list[tuple[int, int]]
) -> None:
    """Texts repeat, but each stands below a line of its own: only what was deleted loses its key."""
    blocks = [f"v{n} = 0\n# TODO: {text}\n" for n, text in enumerate(texts)]
    before = known("".join(f"{block}end{n}\n" for n, block in enumerate(blocks)))
    rest = [n for n in range(len(texts)) if n not in gone]
    more = {at: "pass\n" * count for at, count in inserted}
    text = "".join(more.get(n, "") + f"{blocks[n]}end{n}\n" for n in rest)
    now = with_keys("a.py", before, markers(text))
    assert [one.key for one in now] == [before[n].key for n in rest]


def comparisons(number: int) -> int:
    """How often fingerprints are looked at when each second one of so many twins is deleted and others are added."""

    class Counted(str):
        __slots__ = ()
        looked = 0

        def __hash__(self) -> int:
            Counted.looked += 1
            return super().__hash__()

        def __eq__(self, other: object) -> bool:
            Counted.looked += 1
            return super().__eq__(other)

    one = Marker("TODO", "t", 0, 0, words=Counted("w"), around=Counted("a"))
    before = with_keys("a", (), [one._replace(line=line) for line in range(number)])
    now = carried({"a": before}, {"a": [one._replace(line=7 * line) for line in range(number // 2)], "b": before})
    assert len(now["a"]) == number // 2
    return Counted.looked


def test_the_work_grows_with_the_number_of_twins_not_with_its_square() -> None:
    assert comparisons(4_000) < 3 * comparisons(2_000)
