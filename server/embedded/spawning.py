"""How the guardian starts a child: as another user if need be, and never to outlive the guardian."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, Final

STOP_SECONDS: Final = 30.0  # how long a server may take to shut down when asked politely

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_SECUREBITS: Final = 28
_SECBIT_NO_SETUID_FIXUP: Final = 1 << 2
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_RAISE: Final = 2
_LINUX_CAPABILITY_VERSION_3: Final = 0x20080522

_libc: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(
    arguments: Sequence[str],
    *,
    account: Mapping[str, Any] | None,
    death_signal: int = signal.SIGKILL,
    keep_open: Sequence[int] = (),
    stdin: int = subprocess.DEVNULL,
    output: IO[bytes] | int,
) -> subprocess.Popen[bytes]:
    """Start a program that gets `death_signal` when the guardian is gone."""
    return subprocess.Popen(  # noqa: S603 - our own binaries, our own arguments
        arguments,
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        pass_fds=keep_open,
        preexec_fn=_before_program(account, death_signal),  # noqa: PLW1509 - the guardian has one thread
    )


def _before_program(account: Mapping[str, Any] | None, death_signal: int) -> Callable[[], None]:
    guardian = os.getpid()

    def prepare() -> None:
        if account is not None:
            _become(account["uid"], account["gid"], account["capability"])
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != guardian:
            os._exit(1)

    return prepare


def _become(uid: int, gid: int, capability: int | None) -> None:
    """Leave root for good, but for one capability, which then survives `exec` as an ambient one.

    The secure bit keeps the capabilities across the change of user, and makes `access()` heed them afterwards:
    PostgreSQL asks it whether its own programs can be run.
    """
    keeps = (
        capability is not None
        and _libc is not None
        and _libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0) == 0
    )
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if keeps:
        _keep_only(capability)


def _keep_only(capability: int | None) -> None:
    assert _libc is not None
    assert capability is not None
    bits = 1 << capability
    header = (ctypes.c_uint32 * 2)(_LINUX_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(bits, bits, bits, 0, 0, 0)
    if _libc.capset(ctypes.byref(header), ctypes.byref(sets)) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0)
