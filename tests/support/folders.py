"""Folders of overrides for several tests."""

from pathlib import Path

from fromager_gen.overrides import OverridePaths


def sources(folder: Path, variant: str = "cpu") -> OverridePaths:
    """Return the paths of overrides below one folder."""
    return OverridePaths(folder / "settings.yaml", folder / "settings", folder / "patches", variant)


def make(folder: Path, *paths: str, text: str = "") -> None:
    """Write files with one text, and their folders; without a text, a patch is a valid diff."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text or ("--- a/x\n+++ b/x\n" if path.endswith(".patch") else ""))
