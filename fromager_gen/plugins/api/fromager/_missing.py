"""The errors for names of Fromager that do not exist here."""

import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import NoReturn


def _text(name: str) -> str:
    return (
        f"{name} of Fromager does not exist in fromager-gen. docs/reference/plugins.md lists the names that exist. Do "
        "without it in the plugin, or ask for it"
    )


def missing(name: str) -> AttributeError:
    """Return the error for an attribute, such as ``fromager.context.WorkContext.settings``."""
    return AttributeError(_text(name))


def names_of(module: str) -> Callable[[str], NoReturn]:
    """Return the function `__getattr__` of a module, which explains that a name is missing."""

    def get(name: str) -> NoReturn:
        if name.startswith("__"):  # Python itself asks for such names
            raise AttributeError(name)
        raise ImportError(_text(f"{module}.{name}"))

    return get


class _Finder:
    """Explains that a module is missing; it is the last one that Python asks."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        if name.startswith("fromager."):
            raise ModuleNotFoundError(_text(name))  # with its name, `from fromager import x` would hide the text


def explain_missing_modules() -> None:
    """Make imports of missing modules explain themselves."""
    if not any(finder is _Finder for finder in sys.meta_path):
        sys.meta_path.append(_Finder)
