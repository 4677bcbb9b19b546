"""What git keeps in another form than the file's lines is neither committed nor merged by sync."""

from __future__ import annotations

import pytest
from tests.support.carried import Clone, line

from issuelens.domain.errors import Refused


def encrypt(clone: Clone) -> None:
    """Has git keep files of issues in another form, as git-crypt does."""
    for word in ("clean", "smudge"):
        clone.git("config", f"filter.crypt.{word}", "tr a-z n-za-m")
    (clone.root / ".gitattributes").write_text(".issues/*.jsonl filter=crypt\n")


def test_a_filter_is_told_and_nothing_is_committed(anna: Clone) -> None:
    encrypt(anna)
    anna.write(line("app-1a2b", "other"))
    before = anna.state()
    with pytest.raises(Refused, match=r"issues\.jsonl goes through the filter crypt.*\.issues/\*\* -filter.*--no-git"):
        anna.sync()
    assert anna.state() == before


def test_what_is_told_to_do_helps(anna: Clone) -> None:
    encrypt(anna)
    anna.git("add", "--renormalize", ".")
    anna.git("add", ".gitattributes")
    anna.git("commit", "-q", "-m", "encrypted")
    (anna.root / ".gitattributes").write_text(".issues/*.jsonl filter=crypt\n.issues/** -filter\n")
    anna.git("add", ".gitattributes")
    anna.git("add", "--renormalize", ".issues")
    anna.git("commit", "-q", "-m", "in plain again")
    anna.write(line("app-1a2b", "other"))
    assert anna.sync(pushes_all=True)[-1] == "push done"
    assert anna.git("show", "HEAD:.issues/issues.jsonl").encode() + b"\n" == anna.space.jsonl.read_bytes()


@pytest.mark.parametrize("has_own", [True, False])
def test_what_others_have_filtered_is_not_merged(anna: Clone, ben: Clone, has_own: bool) -> None:
    encrypt(ben)
    ben.write(line("app-1a2b", "bens"))
    ben.git("add", ".gitattributes", ".issues")
    ben.git("commit", "-q", "-m", "encrypted")
    ben.git("push", "-q")
    if has_own:
        anna.write(line("app-1a2b", "one"), line("app-2c3d", "two"))
    with pytest.raises(Refused, match=r"origin/main can't be merged: .*the filter crypt there.*renormalize"):
        anna.sync()
    assert not (anna.root / ".gitattributes").exists()
    assert '"one"' in anna.space.jsonl.read_text()
