"""Find the files that a plugin's module imports, by reading its source: no code of the plugin runs."""

import ast
import logging
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from pathlib import Path

_log = logging.getLogger(__name__)
# Compiled modules are for one interpreter and platform, and a plugin runs with the Python of the builds.
_LEFT_OUT = (".so", ".pyc", ".pyd", ".pth")
_FOLDERS_LEFT_OUT = {"__pycache__", "tests", "test"}


@dataclass
class Modules:
    """The modules that were reached from the first one, and the files that they need."""

    own: str
    """Top-level package of the plugin. Of it, only imported modules and the data files next to them are taken; of any
    other package, all files are."""
    provided: Collection[str]
    """Top-level packages that exist where the plugin runs."""
    files: dict[str, Path] = field(default_factory=dict)
    """Files by their path relative to a folder of `sys.path`."""
    sources: dict[str, Path] = field(default_factory=dict)
    """Source files by the name of their module."""
    compiled: set[str] = field(default_factory=set)
    """Imported modules that are compiled, and so are left out."""
    asks_metadata: bool = False
    """Whether a module asks for the metadata of distributions, such as their versions."""

    def add(self, name: str) -> bool:
        """Add a module, the packages that contain it, and all that these import; return whether it was found."""
        top = name.partition(".")[0]
        if top in self.provided or top in sys.stdlib_module_names or name in self.sources:
            return True
        parts = name.split(".")
        path: list[str] | None = None
        for depth in range(1, len(parts) + 1):
            spec = _spec(".".join(parts[:depth]), path)
            if spec is None:
                _log.debug("the module %s was not found", name)
                return False
            path = list(spec.submodule_search_locations) if spec.submodule_search_locations is not None else []
            self._take(".".join(parts[:depth]), spec)
        return True

    def _take(self, name: str, spec: ModuleSpec) -> None:
        """Add one module and its imports."""
        if spec.origin is not None and spec.origin.endswith(".so"):
            self.compiled.add(name)
        if name in self.sources or spec.origin is None or not spec.origin.endswith(".py"):
            return  # a namespace package, or a compiled module
        source = self.sources[name] = Path(spec.origin)
        is_package = spec.submodule_search_locations is not None
        parts = name.split(".")
        self.files["/".join([*parts, "__init__.py"] if is_package else [*parts[:-1], f"{parts[-1]}.py"])] = source
        if is_package and parts == [parts[0]] and parts[0] != self.own:
            self._take_folder(source.parent, parts[0], _LEFT_OUT)
        elif is_package or len(parts) > 1:
            self._take_data(source.parent, "/".join(parts if is_package else parts[:-1]))
        for other in _imported(source, name, is_package):
            self.asks_metadata = self.asks_metadata or other.startswith("importlib.metadata")
            # `from package import name` names a module or an attribute.
            if not self.add(other) and "." in other:
                self.add(other.rpartition(".")[0])

    def _take_folder(self, folder: Path, place: str, left_out: tuple[str, ...]) -> None:
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_file() and path.suffix not in left_out and _FOLDERS_LEFT_OUT.isdisjoint(inside.parts):
                self.files.setdefault(f"{place}/{inside.as_posix()}", path)

    def _take_data(self, folder: Path, place: str) -> None:
        """Add the files next to a module that are no modules, such as templates."""
        for path in sorted(folder.iterdir()):
            if path.is_file() and path.suffix not in (".py", *_LEFT_OUT):
                self.files.setdefault(f"{place}/{path.name}", path)


def _spec(name: str, path: list[str] | None) -> ModuleSpec | None:
    """Find a module without an import of the package that contains it, as `importlib.util.find_spec` would do."""
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        spec: ModuleSpec | None = find(name, path) if find is not None else None
        if spec is not None:
            return spec
    return None


def _imported(source: Path, name: str, is_package: bool) -> Iterator[str]:
    """Yield the names of the modules, or of attributes of modules, that a source file imports anywhere in it."""
    try:
        tree = ast.parse(source.read_bytes())
    except (OSError, SyntaxError, ValueError) as err:
        _log.debug("the imports of %s are not known: %s", source, err)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, name, is_package)
            if base:
                yield from (f"{base}.{alias.name}" if alias.name != "*" else base for alias in node.names)


def absolute(node: ast.ImportFrom, name: str, is_package: bool) -> str:
    """Return the absolute name of the module that an import statement names; empty if it is outside any package.

    Args:
        node: the statement.
        name: the module that has it.
        is_package: whether that module is a package.
    """
    if not node.level:
        return node.module or ""
    parts = name.split(".")
    kept = parts[: len(parts) - node.level + is_package]
    return ".".join([*kept, *([node.module] if node.module else [])]) if kept else ""
