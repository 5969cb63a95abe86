"""PostgreSQL refuses to run as root, so root starts it as somebody else.

That somebody must be able to reach the programs and the state. Where they can't (a checkout below
/root, say), both live in a directory of their own outside the checkout; `var/pg.json` says where.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from servicedesk.embedded.errors import ServerError

CANDIDATES = ("postgres", "nobody")


def for_servers() -> pwd.struct_passwd | None:
    """The user servers run as; None when they run as whoever we are."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServerError(
        "PostgreSQL does not run as root, and there is no other user to run it as. "
        "Make one (useradd --system postgres), or start servicedesk as an ordinary user."
    )


def run(command: Sequence[str | Path], *, timeout: float) -> None:
    """Run a server's program as the servers' user, detached from our terminal and our pipes.

    Raises ServerError with what the program said last.
    """
    user = for_servers()
    with tempfile.TemporaryFile() as said:  # not a pipe: a server started here would keep it open
        try:
            code = subprocess.run(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                timeout=timeout,
                check=False,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            ).returncode
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise ServerError(f"{Path(command[0]).name} did not work: {problem}") from problem
        if code:
            said.seek(0)
            last = said.read().decode(errors="replace").strip()[-2000:]
            raise ServerError(f"{Path(command[0]).name} did not work: {last}")


def can_reach(path: Path) -> bool:
    """Whether the servers' user may pass every directory on the way to this path, and read it."""
    user = for_servers()
    if user is None:
        return True
    test = ["test", "-x" if path.is_dir() else "-r", str(path)]
    return (
        subprocess.run(
            test, user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/", check=False
        ).returncode
        == 0
    )


def directory_outside() -> Path:
    """A new directory that the servers' user can reach, for a checkout that they can't."""
    place = Path(tempfile.mkdtemp(prefix="servicedesk-", dir="/var/lib"))
    place.chmod(0o755)
    return place


def give(path: Path) -> None:
    """Let the servers' user own this file or directory, and nobody else read it."""
    path.chmod(0o700 if path.is_dir() else 0o600)
    if user := for_servers():
        shutil.chown(path, user.pw_uid, user.pw_gid)
