"""Second stage: one address, sha256 and size for every file that a build reads."""

from fromager_gen.lock.model import CARGO, LOCK_NAME, Lock, LockedFile, LockedPackage, RustLock

__all__ = ["CARGO", "LOCK_NAME", "Lock", "LockedFile", "LockedPackage", "RustLock"]
