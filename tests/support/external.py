"""Prefixes with a library as packages of distributions install it: pkg-config modules, headers, libraries, programs."""

import shutil
from pathlib import Path

import pytest

NEEDS_PKG_CONFIG = pytest.mark.skipif(not shutil.which("pkg-config"), reason="pkg-config is not installed")
# Programs of the machine that searches start.
SYSTEM = "/usr/local/bin:/usr/bin:/bin"


def program(path: Path, text: str) -> Path:
    """Write a shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def module(prefix: Path, name: str, version: str = "1.2.3", *more: str) -> Path:
    """Write the file of a pkg-config module, with more lines at its end."""
    path = prefix / "lib" / "pkgconfig" / f"{name}.pc"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"prefix={prefix}", f"Name: {name}", f"Description: {name}", f"Version: {version}", *more]
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def library(prefix: Path, name: str = "demo", version: str = "1.2.3", content: bytes = b"not ELF") -> Path:
    """Write a library with its module, a folder of headers and a file for the linker."""
    module(prefix, name, version, f"Cflags: -I${{prefix}}/include/{name}", f"Libs: -L${{prefix}}/lib -l{name}")
    headers = prefix / "include" / name
    headers.mkdir(parents=True, exist_ok=True)
    (headers / f"{name}.h").write_text("int demo(void);\n")
    (prefix / "lib" / f"lib{name}.so").write_bytes(content)
    return prefix
