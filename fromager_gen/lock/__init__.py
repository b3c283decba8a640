"""fromager.lock.json: the address, sha256 and size of every file that a build reads."""

from fromager_gen.lock.commits import lock_archive, lock_commit
from fromager_gen.lock.downloaded import downloaded
from fromager_gen.lock.make import make_lock
from fromager_gen.lock.model import (
    Lock,
    LockedFile,
    LockedPackage,
    RustLock,
    chosen_by_cargo,
    is_wheel,
    locked_file,
    read_lock,
)
from fromager_gen.lock.origin import git_address, origin_of
from fromager_gen.lock.own_wheels import WheelsRepo, best_wheel
from fromager_gen.lock.pin_submodules import wanted_submodules
from fromager_gen.lock.pinned import pinned_file
from fromager_gen.lock.request import LockRequest

__all__ = [
    "Lock",
    "LockRequest",
    "LockedFile",
    "LockedPackage",
    "RustLock",
    "WheelsRepo",
    "best_wheel",
    "chosen_by_cargo",
    "downloaded",
    "git_address",
    "is_wheel",
    "lock_archive",
    "lock_commit",
    "locked_file",
    "make_lock",
    "origin_of",
    "pinned_file",
    "read_lock",
    "wanted_submodules",
]
