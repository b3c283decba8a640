"""fromager.lock.json: the address, sha256 and size of every file that a build reads."""

from fromager_gen.lock.commits import lock_archive, lock_commit
from fromager_gen.lock.make import make_lock
from fromager_gen.lock.model import Lock, LockedFile, LockedPackage, RustLock, chosen_by_cargo, locked_file, read_lock
from fromager_gen.lock.origin import git_address
from fromager_gen.lock.own_wheels import WheelsRepo
from fromager_gen.lock.pinned import pinned_file
from fromager_gen.lock.request import LockRequest

__all__ = [
    "Lock",
    "LockRequest",
    "LockedFile",
    "LockedPackage",
    "RustLock",
    "WheelsRepo",
    "chosen_by_cargo",
    "git_address",
    "lock_archive",
    "lock_commit",
    "locked_file",
    "make_lock",
    "pinned_file",
    "read_lock",
]
