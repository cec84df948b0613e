"""Who PostgreSQL runs as: it refuses root, so root steps down to `nobody`."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """An account that root can step down to."""

    uid: int
    gid: int

    @property
    def leash_name(self) -> str:
        """As leash.py takes it."""
        return f"{self.uid}:{self.gid}"


def stepping_down() -> Account | None:
    """The account to step down to, or None where we are no root and simply stay."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def hand_over(path: Path, account: Account | None) -> None:
    """Give one file or folder to the account; nothing to do where nobody steps down."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def may_enter(folder: Path, account: Account | None) -> bool:
    """Whether the account can pass every folder on the way, as far as the mode bits tell."""
    if account is None:
        return True
    existing = [step for step in (folder, *folder.parents) if step.exists()]
    return all(_passable(step.stat(), account) for step in existing)


def _passable(status: os.stat_result, account: Account) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
