"""The virtual environment of a build. It has exactly the wheels that the graph provides."""

import json
import logging
import os
import pathlib
import typing

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from fromager import _build, external_commands
from fromager._missing import missing, names_of

_log = logging.getLogger("fromager.build_environment")


class BuildEnvironment:
    """The environment of the build whose action calls the plugin."""

    def __init__(self, *, ctx: typing.Any, req: Requirement, sdist_root_dir: pathlib.Path) -> None:
        """Take the build's environment; nothing is created."""
        self._ctx, self._req, self._sdist_root_dir = ctx, req, sdist_root_dir
        self.path = _build.path("BuildEnvironment", "env")

    @property
    def sdist_root_dir(self) -> pathlib.Path:
        """Folder of the unpacked source."""
        return self._sdist_root_dir

    @property
    def req(self) -> Requirement:
        """The requirement that is built."""
        return self._req

    @property
    def python(self) -> pathlib.Path:
        """The environment's interpreter."""
        return self.path / "bin" / "python3"

    def get_venv_environ(self, template_env: dict[str, str] | None = None) -> dict[str, str]:
        """Return the variables that put the environment first on the PATH."""
        search = (template_env or {}).get("PATH", os.environ.get("PATH", "")).split(os.pathsep)
        programs = str(self.path / "bin")
        if search[0] != programs:
            search.insert(0, programs)
        return {"VIRTUAL_ENV": str(self.path), "PATH": os.pathsep.join(search)}

    def run(
        self,
        cmd: typing.Sequence[str],
        *,
        cwd: str | None = None,
        extra_environ: dict[str, str] | None = None,
        network_isolation: bool | None = None,
        log_filename: str | None = None,
        stdin: typing.Any = None,
    ) -> str:
        """Run a program in the environment; see `external_commands.run`."""
        given = dict(extra_environ or {})
        variables = {**given, **self.get_venv_environ(given)}
        return external_commands.run(cmd, cwd=cwd, extra_environ=variables, log_filename=log_filename, stdin=stdin)

    def install(self, reqs: typing.Iterable[Requirement]) -> None:
        """Check that the environment has the requirements: nothing can be installed in a build.

        Raises:
            RuntimeError: a requirement is not in the environment.
        """
        has = self.get_distributions()
        for req in reqs:
            version = has.get(canonicalize_name(req.name))
            if version is None or not req.specifier.contains(version, prereleases=True):
                raise RuntimeError(
                    f"the build environment does not have {req}. A build installs nothing: return the requirement from "
                    "get_build_backend_dependencies, or add it to the setting project_override.update_build_requires"
                )

    def get_sysconfig_path(self, name: str) -> str:
        """Return a path of the environment's `sysconfig`."""
        if not name.isidentifier():
            raise ValueError(f"{name!r} is not the name of a path")
        return self.run([str(self.python), "-c", f"import sysconfig; print(sysconfig.get_path({name!r}), end='')"])

    def get_distributions(self) -> dict[str, Version]:
        """Return the versions of the environment's distributions, by canonical name."""
        code = (
            "import json; from importlib.metadata import distributions; "
            "print(json.dumps({one.name: one.version for one in distributions()}))"
        )
        found = json.loads(self.run([str(self.python), "-c", code]))
        return {canonicalize_name(name): Version(version) for name, version in sorted(found.items())}

    def __getattr__(self, name: str) -> object:
        """Explain that an attribute of Fromager is missing."""
        raise missing(f"fromager.build_environment.BuildEnvironment.{name}")


__getattr__ = names_of(__name__)
