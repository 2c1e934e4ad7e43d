"""What is made of texts at imports: kept from one start to the next, and the same as if it were made anew."""

import dataclasses
import inspect
import re
import sys
import typing
from importlib import import_module
from pathlib import Path
from typing import Any, ForwardRef

import pytest

from server import made_code
from server.made_code import made_code_kept

compiler: Any = import_module("re._compiler")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "made_code.bin"


def make_class() -> Any:
    @dataclasses.dataclass(frozen=True, slots=True, order=True)
    class Point:
        x: int
        y: int = 0
        tags: list[str] = dataclasses.field(default_factory=list, compare=False)

    return Point


def never(*_: Any) -> Any:
    raise AssertionError("compiled once more")


def test_what_was_made_once_is_not_compiled_again(path: Path, monkeypatch: pytest.MonkeyPatch):
    with made_code_kept(path):
        make_class()

    monkeypatch.setattr(made_code, "compile", never, raising=False)
    with made_code_kept(path):
        point = make_class()

    assert point(1, 2) == point(1, 2, ["a"])
    with pytest.raises(AssertionError, match="once more"), made_code_kept(path.with_name("another.bin")):
        make_class()


def test_classes_are_the_same_as_without_it(path: Path):
    plain = make_class()
    with made_code_kept(path):
        make_class()
    with made_code_kept(path):
        kept = make_class()

    assert inspect.signature(kept) == inspect.signature(plain)
    assert repr(kept(1, tags=["a"])) == repr(plain(1, tags=["a"]))
    assert kept(1) < kept(2)
    assert len({kept(1).tags is kept(1).tags, True}) == 2, "each has a list of its own"
    with pytest.raises(dataclasses.FrozenInstanceError):
        kept(1).x = 2


@pytest.mark.parametrize("content", [b"", b"nonsense", b"i\x01\x00\x00\x00"], ids=["nothing", "nonsense", "a number"])
def test_what_cannot_be_read_is_made_anew(path: Path, content: bytes):
    path.write_bytes(content)

    with made_code_kept(path):
        point = make_class()

    assert point(1) == point(1)
    assert path.stat().st_size > 100, "and kept"


def test_where_nothing_may_be_written_nothing_fails(tmp_path: Path):
    with made_code_kept(tmp_path / "missing" / "kept" / "made_code.bin"):
        assert make_class()(1).y == 0

    assert list(tmp_path.iterdir()) == []


def test_a_text_that_differs_at_each_start_is_not_kept_each_time(path: Path):
    with made_code_kept(path):
        for number in range(100):
            re.compile(f"known {number}")
    before = path.read_bytes()

    with made_code_kept(path):
        re.compile("new")
    assert path.read_bytes() == before

    with made_code_kept(path):
        re.compile("some")
        re.compile("more")
    assert len(path.read_bytes()) > len(before)


def test_processes_of_others_may_read_what_one_has_kept(path: Path):
    with made_code_kept(path):
        make_class()

    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


PATTERNS: Any = [
    ("(?P<year>[0-9]{4})-(?P<month>[0-9]{2})", 0),
    ("(?i)straße|(x)", re.IGNORECASE | re.MULTILINE),
    (rb"[\x80-\xff]+(.)", 0),
]


@pytest.mark.parametrize(("text", "flags"), PATTERNS)
def test_patterns_are_the_same_as_without_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, text: str | bytes, flags: int
):
    plain = re.compile(text, flags)
    re.purge()
    with made_code_kept(path):
        re.compile(text, flags)
    re.purge()

    monkeypatch.setattr(made_code, "_parts", never)
    with made_code_kept(path):
        kept: re.Pattern[Any] = re.compile(text, flags)

    assert kept is not plain
    assert kept == plain, "which compares their code"
    assert (kept.pattern, kept.flags, kept.groups) == (plain.pattern, plain.flags, plain.groups)
    assert kept.groupindex == plain.groupindex


def test_wrong_patterns_are_refused_as_ever(path: Path):
    with made_code_kept(path), pytest.raises(re.error, match="unterminated"):
        re.compile("a(b")


def test_annotations_that_are_text_are_compiled_once(path: Path, monkeypatch: pytest.MonkeyPatch):
    with made_code_kept(path):
        ForwardRef("dict[str, int] | None")

    monkeypatch.setattr(made_code, "compile", never, raising=False)
    with made_code_kept(path):
        kept = ForwardRef("dict[str, int] | None")

    assert kept._evaluate({}, {}, type_params=(), recursive_guard=frozenset()) == dict[str, int] | None


def test_afterwards_everything_is_as_it_was(path: Path):
    before = compiler.compile
    with pytest.raises(ImportError), made_code_kept(path):
        raise ImportError

    assert "exec" not in vars(dataclasses)
    assert "compile" not in vars(typing)
    assert compiler.compile is before
