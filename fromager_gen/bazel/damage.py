"""Damaged files of caches: Bazel passes over them, and builds what they should contain again.

Bazel reports each of them as one of the remote cache, also those of a disk cache, where it leaves them.
"""

import logging
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fromager_gen.errors import LockError
from fromager_gen.files import sha256_of

_log = logging.getLogger(__name__)
_WARNING = re.compile(
    r"(?:WARNING: Remote Cache: |\S+DigestMismatchException: )(?:Output (?P<output>\S+) download failed: )?"
    r"Expected digest '(?P<digest>[0-9a-f]{64})/(?P<size>\d+)' does not match received digest '[0-9a-f]{64}/\d+'\.?"
)
# Bazel writes this line before several warnings about one action.
_COUNT = re.compile(r"WARNING: Remote Cache: \d+ errors during bulk transfer:\n?")


@dataclass
class DamagedFiles:
    """The damaged files that a build has found."""

    disk_cache: Path | None = None
    """Folder of the disk cache; None without one."""

    def reported(self, text: str) -> str:
        """Return the messages of Bazel with the cache and the digest of each damaged file.

        A damaged file of the disk cache is removed, so that it does not cost a build each time.
        """
        if "does not match received digest" not in text:
            return text
        return _WARNING.sub(self._report, _COUNT.sub("", text))

    def _report(self, found: re.Match[str]) -> str:
        digest, output = found["digest"], found["output"]
        where = self._remove(digest) or "the remote cache"
        what = f", {output}," if output else ""
        return f"WARNING: {where} has a damaged file{what} with the digest sha256:{digest}; it is built again"

    def _remove(self, digest: str) -> str:
        """Remove a file from the disk cache if it is damaged there, and return the cache's name; otherwise nothing.

        Results that name the file are removed too: Bazel does not replace a result that a disk cache has.
        """
        if self.disk_cache is None:
            return ""
        path = self.disk_cache / "cas" / digest[:2] / digest
        try:
            if sha256_of(path) == digest:
                return ""
            path.unlink()
        except (LockError, OSError) as err:
            _log.debug("%s is not a damaged file of the disk cache: %s", path, err)
            return ""
        for result in (self.disk_cache / "ac").glob("*/*"):
            with suppress(OSError):  # another build can remove it
                if digest.encode() in result.read_bytes():
                    result.unlink()
        return f"the disk cache {self.disk_cache}"
