"""The examples of the package's README give what stands below them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "execution" / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```json\n(.*?)```", README.read_text(), re.DOTALL)


def test_every_example_has_its_output():
    assert len(EXAMPLES) == README.read_text().count("```python") == 3


@pytest.mark.parametrize(("code", "expected"), EXAMPLES)
def test_an_example_gives_what_stands_below_it(code: str, expected: str):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)

    assert (done.stdout, done.stderr) == (expected, "")
