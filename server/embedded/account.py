"""Which user the servers run as.

PostgreSQL refuses to run as root. Started by root, the servers therefore run as the owner of the data folder, or as
`nobody` if root owns that too. Such a user may be unable to reach folders that root reaches (a virtual environment
below `/root`, say). Instead of opening those folders to everyone, the servers then keep one capability of root: that of
passing by file permissions.
"""

import os
import pwd
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from domain.shared.making import dataclass

CAP_DAC_OVERRIDE: Final = 1
CAP_DAC_READ_SEARCH: Final = 2


@dataclass(frozen=True, slots=True)
class Account:
    """A user to become, and the capability to keep while becoming it."""

    uid: int
    gid: int
    capability: int | None


def account_for(folder: Path, programs: Sequence[Path]) -> Account | None:
    """The account to run `programs` as on data in `folder`; None is the present user, who is not root."""
    if os.geteuid() != 0:
        return None
    owner = folder.stat()
    uid, gid = (owner.st_uid, owner.st_gid) if owner.st_uid else _nobody()
    return Account(uid, gid, _capability_for(folder, programs))


def _nobody() -> tuple[int, int]:
    """An existing user without rights: `initdb` wants one that has a name."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        entry = next((entry for entry in pwd.getpwall() if entry.pw_uid), pwd.getpwuid(0))
    return entry.pw_uid, entry.pw_gid


def _capability_for(folder: Path, programs: Sequence[Path]) -> int | None:
    """The least that makes everything reachable, as far as this process has it to give."""
    everyone_runs = all(_has_bits(program, stat.S_IROTH | stat.S_IXOTH) for program in programs)
    if everyone_runs and all(_is_reachable(path) for path in (folder / "_", *programs)):
        return None
    choices = (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if everyone_runs else (CAP_DAC_OVERRIDE,)
    held = _effective_capabilities()
    return next((choice for choice in choices if held >> choice & 1), None)


def _is_reachable(path: Path) -> bool:
    return all(_has_bits(parent, stat.S_IXOTH) for parent in path.resolve().parents)


def _has_bits(path: Path, bits: int) -> bool:
    return path.stat().st_mode & bits == bits


def _effective_capabilities() -> int:
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapEff:")), 0)
