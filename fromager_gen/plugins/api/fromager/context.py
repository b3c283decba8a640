"""The folders of a run, by the names of Fromager's WorkContext."""

import pathlib

from fromager._missing import missing


class WorkContext:
    """The folders and the variant of a run. All paths are absolute."""

    def __init__(
        self, work_dir: pathlib.Path, wheels_repo: pathlib.Path, sdists_repo: pathlib.Path, variant: str
    ) -> None:
        """Create a context."""
        self.work_dir = work_dir.resolve()
        self.wheels_repo = wheels_repo.resolve()
        self.sdists_repo = sdists_repo.resolve()
        self.variant = variant
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

    def __getattr__(self, name: str) -> object:
        """Explain that an attribute of Fromager's context is missing."""
        raise missing(f"fromager.context.WorkContext.{name}")
