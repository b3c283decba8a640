"""What the functions of a plugin share: each notes that it was called."""

import pathlib


def note(folder: pathlib.Path, line: str) -> None:
    """Add a line to a file of the work directory."""
    with (folder / "example-plugins.txt").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
