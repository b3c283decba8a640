"""A value of a settings file with its line, for error messages."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fromager_gen.errors import SettingsError


@dataclass(frozen=True)
class Value:
    """A value of a YAML file: a dict of str to Value, a list of Value, or a scalar."""

    data: Any
    path: Path
    line: int

    def error(self, message: str) -> SettingsError:
        """Return an error that names the file and the line."""
        return SettingsError(f"{self.where}: {message}")

    @property
    def where(self) -> str:
        """File and line in the format that compilers use."""
        return f"{self.path}:{self.line}"
