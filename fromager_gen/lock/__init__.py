"""Second stage: one address, sha256 and size for every file that a build reads."""

from fromager_gen.lock.model import LOCK_NAME, Lock, LockedFile, LockedPackage, RustLock, chosen_by_cargo

__all__ = ["LOCK_NAME", "Lock", "LockedFile", "LockedPackage", "RustLock", "chosen_by_cargo"]
