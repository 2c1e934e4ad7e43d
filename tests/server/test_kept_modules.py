"""Bytecode that is kept together: found at the next start, and never that of a source which is another by now."""

import importlib
import inspect
import marshal
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from server.kept_modules import KeptLoader, modules_kept

type Import = Callable[[], ModuleType]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that nobody has imported, and of which nothing stays imported."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / "kept_sample"
    (folder / "deep").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "deep" / "__init__.py").write_text("from kept_sample.leaf import COLOR\n")
    (folder / "leaf.py").write_text("COLOR = 'green'\n\ndef told():\n    return COLOR\n")
    yield folder
    forget(folder.name)


def forget(package: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]
    importlib.invalidate_caches()


@pytest.fixture
def import_anew(package: Path) -> Import:
    """As the next process would."""

    def imported() -> ModuleType:
        forget(package.name)
        with modules_kept(package.parent / "kept"):
            importlib.import_module("kept_sample.deep")
        return sys.modules["kept_sample.leaf"]

    return imported


def loader_of(module: ModuleType) -> type:
    assert module.__spec__ is not None
    return type(module.__spec__.loader)


def test_what_was_imported_once_is_taken_from_there(import_anew: Import):
    first, second = import_anew(), import_anew()

    assert (loader_of(first) is KeptLoader, loader_of(second) is KeptLoader) == (False, True)
    assert second.told() == "green"


def test_modules_look_as_they_do_without_it(import_anew: Import):
    plain, kept = import_anew(), import_anew()

    same = ("__name__", "__file__", "__package__", "__cached__")
    assert [getattr(kept, name) for name in same] == [getattr(plain, name) for name in same]
    assert list(sys.modules["kept_sample.deep"].__path__) == [str(Path(str(kept.__file__)).parent / "deep")]
    assert inspect.getsource(kept.told) == "def told():\n    return COLOR\n"
    assert importlib.reload(kept).told() == "green"


@pytest.mark.parametrize("text", ["COLOR = 'vermilion'\n", "COLOR = 'brown'\n"], ids=["longer", "at another time"])
def test_a_source_that_has_changed_is_imported(import_anew: Import, package: Path, text: str):
    import_anew()
    (package / "leaf.py").write_text(text)
    os.utime(package / "leaf.py", (1, 1))

    changed, again = import_anew(), import_anew()

    assert f"COLOR = {changed.COLOR!r}\n" == f"COLOR = {again.COLOR!r}\n" == text
    assert loader_of(again) is KeptLoader, "it was kept in the place of the other"


def test_a_module_that_is_gone_is_not_found(import_anew: Import, package: Path):
    import_anew()
    (package / "leaf.py").unlink()

    with pytest.raises(ModuleNotFoundError):
        import_anew()


def test_a_package_elsewhere_is_another(
    import_anew: Import, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import_anew()
    other = tmp_path / "elsewhere"
    shutil.copytree(package, other / package.name)
    (other / package.name / "leaf.py").write_text("COLOR = 'white'\n")
    monkeypatch.syspath_prepend(other)

    assert import_anew().COLOR == "white"


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", marshal.dumps(7), marshal.dumps(((b"another kind", 0), {"kept_sample.leaf": ()}))],
    ids=["nothing", "nonsense", "a number", "of another interpreter"],
)
def test_what_cannot_be_read_is_written_anew(import_anew: Import, package: Path, content: bytes):
    import_anew()
    (file,) = (package.parent / "kept").iterdir()
    file.write_bytes(content)

    assert import_anew().COLOR == "green"
    assert loader_of(import_anew()) is KeptLoader


def test_where_nothing_may_be_written_nothing_fails(package: Path):
    with modules_kept(package.parent / "missing" / "kept"):
        importlib.import_module("kept_sample.deep")

    assert sorted(file.name for file in package.parent.iterdir()) == ["kept_sample"]


def test_nothing_is_written_where_python_writes_no_bytecode(import_anew: Import, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    import_anew()

    assert loader_of(import_anew()) is not KeptLoader


def test_what_another_thread_imports_meanwhile_is_not_kept(package: Path, import_anew: Import):
    with modules_kept(package.parent / "kept"), ThreadPoolExecutor(1) as aside:
        aside.submit(importlib.import_module, "kept_sample.leaf").result()
        importlib.import_module("kept_sample.deep")

    leaf = import_anew()

    assert loader_of(leaf) is not KeptLoader
    assert loader_of(sys.modules["kept_sample.deep"]) is KeptLoader


def test_afterwards_everything_is_found_as_before(package: Path):
    finders = list(sys.meta_path)

    with pytest.raises(ImportError), modules_kept(package.parent / "kept"):
        raise ImportError

    assert sys.meta_path == finders
