"""Sources for bootstraps, with a backend in the source whose answers each test chooses."""

from collections.abc import Sequence
from dataclasses import dataclass

BACKEND = """
import os, zipfile
NAME, VERSION, ASKS, REQUIRES = {name!r}, {version!r}, {asks!r}, {requires!r}
STEM = NAME.replace("-", "_") + "-" + VERSION

def get_requires_for_build_wheel(config_settings=None):
    {first}
    return ASKS

def metadata():
    text = f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: {{VERSION}}\\nProvides-Extra: more\\n"
    return text + "".join(f"Requires-Dist: {{r}}\\n" for r in REQUIRES)

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    folder = STEM + ".dist-info"
    os.mkdir(os.path.join(metadata_directory, folder))
    with open(os.path.join(metadata_directory, folder, "METADATA"), "w") as file:
        file.write(metadata())
    return folder

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    file = STEM + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, file), "w") as wheel:
        wheel.writestr(NAME.replace("-", "_") + ".py", f"version = {{VERSION!r}}")
        wheel.writestr(STEM + ".dist-info/METADATA", metadata())
        wheel.writestr(STEM + ".dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(STEM + ".dist-info/RECORD", "")
    return file

def build_sdist(sdist_directory, config_settings=None):
    import io, tarfile
    with tarfile.open(os.path.join(sdist_directory, STEM + ".tar.gz"), "w:gz") as sdist:
        info = tarfile.TarInfo(STEM + "/PKG-INFO")
        info.size = len(metadata())
        sdist.addfile(info, io.BytesIO(metadata().encode()))
    return STEM + ".tar.gz"
"""


@dataclass(frozen=True)
class Project:
    """A source, where ``build`` is build-system.requires and ``install`` the requirements of its wheel."""

    name: str
    version: str
    build: Sequence[str] = ()
    install: Sequence[str] = ()
    asks: Sequence[str] = ()
    """Requirements that its backend returns in addition to build-system.requires."""
    static: bool = True
    """Whether the requirements in PKG-INFO are static, see https://peps.python.org/pep-0643/."""
    says: Sequence[str] | None = None
    """Requirements in PKG-INFO, if they differ from ``install``."""
    called: str = ""
    """The name in PKG-INFO, if it differs from ``name``."""
    backend: str = "backend"
    first: str = "pass"
    """The first statement of the hook get_requires_for_build_wheel."""

    def files(self) -> dict[str, str | bytes]:
        """Return the source's files."""
        says = self.install if self.says is None else self.says
        info = [f"Metadata-Version: {'2.2' if self.static else '2.1'}", f"Name: {self.called or self.name}"]
        info += [f"Version: {self.version}", "Provides-Extra: more"]
        info += [f"Requires-Dist: {requirement}" for requirement in says if self.static]
        system = [f"requires = {list(self.build)!r}", f'build-backend = "{self.backend}"', 'backend-path = ["."]']
        return {
            "pyproject.toml": "\n".join(["[build-system]", *system, ""]),
            "backend.py": BACKEND.format(
                name=self.name,
                version=self.version,
                asks=list(self.asks),
                requires=list(self.install),
                first=self.first,
            ),
            "PKG-INFO": "\n".join([*info, ""]),
        }
