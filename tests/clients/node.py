"""Scripts of this folder, run by Node with the packages of `package-lock.json`."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCRIPTS = HERE / "scripts"
WORKSHOP = HERE.parents[1] / ".venv" / "clients"
PACKAGES = ("package.json", "package-lock.json")
OLDEST_NODE = 20
INSTALL_SECONDS = 600.0
RUN_SECONDS = 240.0

_TEST = re.compile(r'^test\("(.+?)"', re.MULTILINE)
_OUTCOME = re.compile(r"^(not )?ok \d+ - (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Finished:
    """What a script said, and whether it ended well."""

    succeeded: bool
    said: str

    def passed(self, name: str) -> bool:
        """Whether the script's test of this name ended well."""
        return (name, "") in {(found[2], found[1] or "") for found in _OUTCOME.finditer(self.said)}

    def told_of(self, name: str) -> str:
        """What the script said of the test of this name; all that it said if it never came to it."""
        _, mark, rest = self.said.partition(f"# Subtest: {name}\n")
        return rest.partition("# Subtest: ")[0] if mark else self.said


def names_in(script: str) -> list[str]:
    """The names of the tests that a script has, in their order."""
    return _TEST.findall((SCRIPTS / script).read_text())


def must_have_node() -> str:
    """The path of Node; the test is skipped, saying so, where there is none of a fitting age."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        pytest.skip("Node and npm are not installed")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"Node {OLDEST_NODE} or later is needed, this is {version.strip()}")
    return node


@cache
def workshop() -> Path:
    """A folder with the packages and the scripts; the packages are installed once for each lock."""
    must_have_node()
    WORKSHOP.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES:
        shutil.copy(HERE / name, WORKSHOP)
    shutil.copytree(SCRIPTS, WORKSHOP / "scripts", dirs_exist_ok=True)
    stamp, wanted = WORKSHOP / "installed", hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        finished = run_command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", seconds=INSTALL_SECONDS)
        if not finished.succeeded:
            pytest.skip(f"the packages cannot be had: {finished.said[-500:]}")
        stamp.write_text(wanted)
    return WORKSHOP


def run_script(script: str, **environment: str) -> Finished:
    """Run a script to its end, which says in its output what it found."""
    node = must_have_node()
    folder = workshop()
    return run_command(node, "--test-reporter=tap", str(folder / "scripts" / script), environment=environment)


def run_tool(name: str, *arguments: str) -> Finished:
    """Run a command of one of the packages."""
    return run_command(str(workshop() / "node_modules" / ".bin" / name), *arguments)


def run_command(
    *command: str,
    environment: Mapping[str, str] | None = None,
    folder: Path = WORKSHOP,
    seconds: float = RUN_SECONDS,
) -> Finished:
    """Run a command to its end."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    return Finished(done.returncode == 0, done.stdout)
