#!/usr/bin/env python3
"""Makes `.venv` what `requirements.lock` says, with the project itself installed in place; does nothing when it is.

Compiles our own modules too: a start with the bytecode at hand takes a quarter less, and some machines keep Python from
writing it. Uses the standard library alone. Two that run at once take turns.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
ENVIRONMENT = PROJECT / ".venv"
STAMP = ENVIRONMENT / "installed"
OLDEST = (3, 12)
PACKAGES = ("domain", "execution", "integrations", "loaders", "persistence", "resolvers", "schema", "server")


def main() -> None:
    if sys.version_info < OLDEST:
        sys.exit(f"Python 3.12 or later is needed, {sys.executable} is {sys.version.split()[0]}.")
    turn = os.open(PROJECT, os.O_RDONLY)
    fcntl.flock(turn, fcntl.LOCK_EX)
    if not is_installed():
        install()
    run(str(ENVIRONMENT / "bin" / "python"), "-m", "compileall", "-q", *PACKAGES)


def is_installed() -> bool:
    return STAMP.exists() and STAMP.read_text() == fingerprint() and (ENVIRONMENT / "bin" / "python").exists()


def fingerprint() -> str:
    """Changes with whatever the environment is made from."""
    digest = hashlib.sha256(f"{sys.version}\n{PROJECT}\n".encode())
    for name in ("requirements.lock", "pyproject.toml"):
        digest.update((PROJECT / name).read_bytes())
    return digest.hexdigest()


def install() -> None:
    say("Installing the packages of requirements.lock into .venv ...")
    STAMP.unlink(missing_ok=True)
    run(sys.executable, "-m", "venv", *recreate(), str(ENVIRONMENT))
    pip("--require-hashes", "--requirement", "requirements.lock")
    pip("--no-deps", "--no-build-isolation", "--editable", ".")
    STAMP.write_text(fingerprint())


def recreate() -> list[str]:
    """An environment of another interpreter, or of a folder that was moved, is of no use."""
    configuration = ENVIRONMENT / "pyvenv.cfg"
    made_here = configuration.exists() and f" {ENVIRONMENT}\n" in configuration.read_text() + "\n"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return [] if made_here and (ENVIRONMENT / "lib" / version).is_dir() else ["--clear"]


def pip(*arguments: str) -> None:
    quietly = ("--quiet", "--no-input", "--disable-pip-version-check")
    run(str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", *quietly, *arguments)


def run(*command: str) -> None:
    status = subprocess.run(command, cwd=PROJECT, check=False).returncode  # noqa: S603 - the commands above
    if status != 0:
        sys.exit(f"`{' '.join(command[:4])} ...` failed; the reason stands above.")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
