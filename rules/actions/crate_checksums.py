"""What cargo checks a vendored crate by."""

import hashlib
import json
from pathlib import Path

import archives

# Import libraries for Windows linkers, most of a big vendor folder's bytes and of no use here.
_EMPTIED = (".a", ".lib")
_CHECKSUMS = ".cargo-checksum.json"


def write_checksums(folder: Path, checksum: str | None) -> None:
    """Write what cargo checks a vendored crate by: every file that is there, and the archive's checksum."""
    files = {}
    for path in archives.files_below(folder):
        if path.suffix in _EMPTIED:
            path.write_bytes(b"")
        if not path.is_symlink() and path != folder / _CHECKSUMS:
            files[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    text = json.dumps({"files": files, "package": checksum}, sort_keys=True)
    (folder / _CHECKSUMS).write_text(text)
