"""`commerce bench` as an operator runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.page import BEGIN, END
from bench.results import Run
from bench.stage import foreign_environment


@pytest.mark.timeout(300)
def test_the_command_keeps_its_figures_and_leaves_nothing_else_behind(tmp_path: Path):
    scratch, page, figures = tmp_path / "scratch", tmp_path / "speed.md", tmp_path / "figures.json"
    scratch.mkdir()
    page.write_text(f"{BEGIN}\n{END}\n")
    command = [sys.executable, "-m", "server", "bench", "--seconds", "0.3", "--connections", "2", "--only", "typename"]
    command += ["--json", str(figures), "--write", str(page)]
    environment = {**foreign_environment(), "TMPDIR": str(scratch)}

    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=290, check=False)

    assert done.returncode == 0, done.stderr
    run = Run.from_json(figures.read_bytes())
    (line,) = run.lines
    assert line.is_same_answer
    assert line.statements == 0
    assert run.machine.cpus > 0
    assert run.versions.postgresql.startswith("18")
    assert run.memory_bytes["web"] > 10_000_000
    assert "{ __typename }" in done.stdout
    assert "| { __typename } against a bare ASGI answer |" in page.read_text()
    assert list(scratch.iterdir()) == []
