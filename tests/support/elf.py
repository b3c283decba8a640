"""Libraries that gcc makes, and a small policy of auditwheel to compare them with."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

TAG = "manylinux_2_17_x86_64"
POLICIES = json.dumps(
    [
        {
            "name": "manylinux_2_17",
            "aliases": ["manylinux2014"],
            "symbol_versions": {"x86_64": {"GLIBC": ["2.2.5", "2.9", "2.17"], "CXXABI": ["1.3"]}},
            "lib_whitelist": ["libc.so.6", "libz.so.1"],
            "blacklist": {"libz.so.1": ["inflate_table"]},
        }
    ]
).encode()
NEEDS_CC = pytest.mark.skipif(not shutil.which("gcc"), reason="gcc makes the libraries of the test")


def compiled(folder: Path, source: str, *options: str) -> bytes:
    (folder / "x.c").write_text(source)
    subprocess.run(["gcc", "-shared", "-fPIC", "x.c", "-o", "x.so", *options], cwd=folder, check=True)
    return (folder / "x.so").read_bytes()
