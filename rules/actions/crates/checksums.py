"""What cargo checks a vendored crate by."""

import hashlib
import json
import os
from pathlib import Path

# Import libraries for Windows linkers, most of a big vendor folder's bytes and of no use here.
_EMPTIED = (".a", ".lib")
_EMPTY = hashlib.sha256().hexdigest()
_CHECKSUMS = ".cargo-checksum.json"


def write_checksums(folder: Path, checksum: str | None) -> None:
    """Write what cargo checks a vendored crate by: every file that is there, and the archive's checksum."""
    files = {}
    start = len(f"{folder}/")
    for parent, _, names in os.walk(folder):  # tens of thousands of files: as texts, not as paths
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
