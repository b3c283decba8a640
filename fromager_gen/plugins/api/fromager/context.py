"""The folders, settings and constraints of a run, by the names of Fromager's WorkContext."""

import pathlib
import typing

from packaging.requirements import Requirement

from fromager import packagesettings
from fromager._missing import missing, names_of


class WorkContext:
    """What a plugin can ask about a run. All paths are absolute."""

    def __init__(
        self,
        work_dir: pathlib.Path,
        wheels_repo: pathlib.Path,
        sdists_repo: pathlib.Path,
        variant: str,
        settings: packagesettings.Settings | None = None,
    ) -> None:
        """Create a context."""
        self.work_dir = work_dir.resolve()
        self.wheels_repo = wheels_repo.resolve()
        self.sdists_repo = sdists_repo.resolve()
        self.variant = variant
        self.settings = settings if settings is not None else packagesettings.Settings(variant, {})
        self.sdists_downloads = self.sdists_repo / "downloads"
        """Sources as published."""
        self.sdists_builds = self.sdists_repo / "builds"
        """Sources as prepared for builds."""
        self.wheels_build = self.wheels_repo / "build"
        self.wheels_downloads = self.wheels_repo / "downloads"
        """Built wheels."""
        self.wheels_prebuilt = self.wheels_repo / "prebuilt"
        self.wheel_server_dir = self.wheels_repo / "simple"
        """The index of all wheels."""
        self.graph_file = self.work_dir / "graph.json"
        self.logs_dir = self.work_dir / "logs"
        self.network_isolation = True
        self.cleanup = False

    @classmethod
    def of_build(cls, call: dict[str, typing.Any]) -> "WorkContext":
        """Return the context of a build; its folders are those of the action."""
        root, out = pathlib.Path(call["root"]), pathlib.Path(call["out"])
        given = call["context"]
        variant = str(given.get("variant", "cpu"))
        settings = packagesettings.Settings(variant, {call["package"]: given.get("settings", {})})
        # A build has no constraints, since its inputs are chosen. Asking for them is an error.
        ctx = cls(pathlib.Path(call["work_dir"]), root / "wheels-repo", root / "sdists-repo", variant, settings)
        ctx.wheels_build = ctx.sdists_builds = out
        return ctx

    def package_build_info(self, package: str | Requirement) -> packagesettings.PackageBuildInfo:
        """Return the settings of a package."""
        return self.settings.package_build_info(package)

    def __getattr__(self, name: str) -> object:
        """Explain that an attribute of Fromager's context is missing, here or altogether."""
        if name == "constraints":
            raise AttributeError(
                "ctx.constraints is known only to get_resolver_provider and download_source, not in a build or a hook"
            )
        raise missing(f"fromager.context.WorkContext.{name}")


__getattr__ = names_of(__name__)
