"""Let pip build a source from its top-level folder although its project is in a subfolder.

pip looks for a project only in the top-level folder of an archive. The whole tree is kept, since a project in a
subfolder often reads files above it: https://packaging.python.org/en/latest/specifications/source-distribution-format/
"""

from pathlib import Path

from actions.source.project import BuildSystem, build_system

_MODULE = "_fromager_top_project"
_BACKEND = """\
# Written by fromager-gen: this source distribution has its project in a subfolder, whose backend gets all hook calls.
import importlib
import os
import sys

_folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), {folder})
os.chdir(_folder)
sys.path[:0] = [os.path.join(_folder, path) for path in {backend_path}]
_module, _, _object = {backend}.partition(":")
_backend = importlib.import_module(_module)
for _name in _object.split(".") if _object else ():
    _backend = getattr(_backend, _name)


def __getattr__(name):
    return getattr(_backend, name)
"""


def write(tree: Path, project: Path) -> None:
    """Write a pyproject.toml and a backend to a source's top-level folder that forward all hooks to the project.

    Args:
        tree: the source.
        project: subfolder of the source with the project.

    Raises:
        ActionError: the project's pyproject.toml can't be read.
    """
    import tomlkit  # imported here, since the import is slow and few sources need it

    system = build_system(project)
    (tree / f"{_MODULE}.py").write_text(_backend(project.relative_to(tree).as_posix(), system), encoding="utf-8")
    pyproject, own = tree / "pyproject.toml", project / "pyproject.toml"
    if own.is_symlink():  # it may point to the file that is replaced here
        text = own.read_bytes()
        own.unlink()
        own.write_bytes(text)
    pyproject.unlink(missing_ok=True)  # it may be a link to the project's pyproject.toml
    table = {"requires": system.requires, "build-backend": _MODULE, "backend-path": ["."]}
    pyproject.write_text(tomlkit.dumps({"build-system": table}), encoding="utf-8")


def _backend(folder: str, system: BuildSystem) -> str:
    return _BACKEND.format(
        folder=ascii(folder), backend_path=ascii(system.backend_path or []), backend=ascii(system.backend)
    )
