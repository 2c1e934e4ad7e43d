"""Two revisions beside one another."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.compare import Difference, checked_out
from bench.stage import HERE
from server.settings import SettingsError

needs_git = pytest.mark.skipif(not (HERE.root / ".git").exists(), reason="this is no checkout of git")


def worktrees() -> str:
    return subprocess.run(
        ["git", "-C", str(HERE.root), "worktree", "list"], capture_output=True, text=True, check=True
    ).stdout


@needs_git
def test_another_revision_is_there_as_long_as_it_is_measured(tmp_path: Path):
    folder = tmp_path / "base"

    with checked_out("HEAD", folder) as code:
        assert (code.root / "server" / "__main__.py").exists()
        assert str(folder) in worktrees()

    assert not folder.exists()
    assert str(folder) not in worktrees()


@needs_git
def test_a_revision_with_the_same_versions_runs_by_the_same_interpreter(tmp_path: Path):
    with checked_out("HEAD", tmp_path / "base") as code:
        assert code.python == sys.executable


@needs_git
def test_a_revision_that_is_not_there_is_told(tmp_path: Path):
    with (
        pytest.raises(SettingsError, match=r"^--compare: no-such-revision: "),
        checked_out("no-such-revision", tmp_path),
    ):
        pytest.fail("there is nothing to measure")


def test_turns_that_say_both_more_and_less_are_noise():
    assert Difference("list", [1.0, 1.0, 1.0], [0.9, 1.1, 1.0]).is_noise
    assert not Difference("list", [1.0, 1.0, 1.0], [0.9, 0.8, 0.95]).is_noise
    assert Difference("list", [2.0, 1.0], [1.0, 1.0]).ratios == [0.5, 1.0]
