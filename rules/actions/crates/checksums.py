"""Write the checksums with which cargo verifies a vendored crate.

See https://doc.rust-lang.org/cargo/reference/source-replacement.html#directory-sources.
"""

import hashlib
import json
import os
from pathlib import Path

# Import libraries for Windows linkers: most of the bytes of a large vendor folder, and useless on Linux.
_EMPTIED = (".a", ".lib")
_EMPTY = hashlib.sha256().hexdigest()
_CHECKSUMS = ".cargo-checksum.json"


def write_checksums(folder: Path, checksum: str | None) -> None:
    """Write the checksums of a vendored crate: those of its files, and that of its archive.

    Args:
        folder: the crate.
        checksum: SHA-256 of the archive; None for a crate from git.
    """
    files = {}
    start = len(f"{folder}/")
    for parent, _, names in os.walk(folder):  # strings, since paths are slow for tens of thousands of files
        for path in (f"{parent}/{name}" for name in names):
            if os.path.islink(path) or path[start:] == _CHECKSUMS:
                continue
            if path.endswith(_EMPTIED):
                files[path[start:]] = _EMPTY
                open(path, "wb").close()
            else:
                with open(path, "rb", buffering=0) as file:
                    files[path[start:]] = hashlib.sha256(file.read()).hexdigest()
    text = json.dumps({"files": files, "package": checksum}, sort_keys=True)
    (folder / _CHECKSUMS).write_text(text)
