"""Clone git repositories on the host, before a build."""

import logging
import pathlib
import typing

from packaging.requirements import Requirement

from fromager import _build, external_commands
from fromager._missing import names_of

_log = logging.getLogger("fromager.gitutils")
# Set by the host: settings of each git command.
settings: list[str] = []


def git_clone(
    *,
    ctx: typing.Any,
    req: Requirement,
    output_dir: pathlib.Path,
    repo_url: str,
    tag: str | None = None,
    ref: str | None = None,
    submodules: bool | list[str] = False,
) -> pathlib.Path:
    """Clone a repository, check out a ref, and return the folder.

    Args:
        ctx: the context of the run.
        req: the package.
        output_dir: the folder.
        repo_url: address of the repository.
        tag: tag to check out.
        ref: tag, branch or commit to check out, if no tag is given; None for the default branch.
        submodules: whether submodules are checked out, or the paths of those that are.
    """
    _log.info("%s: cloning %s, ref %s", req.name, repo_url, tag or ref)
    _git(["clone", "--", repo_url, str(output_dir)], ctx.work_dir)
    wanted = tag or ref
    if wanted:
        _git(["checkout", "--force", wanted], output_dir)
    _submodules(output_dir, submodules, [])
    return output_dir


def git_clone_fast(*, output_dir: pathlib.Path, repo_url: str, ref: str = "HEAD") -> None:
    """Clone one commit of a repository with all submodules, without the history."""
    output_dir.mkdir(parents=True, exist_ok=True)
    _git(["init", "--quiet"], output_dir)
    _git(["fetch", "--depth=1", "--", repo_url, ref], output_dir)
    _git(["checkout", "--force", "FETCH_HEAD"], output_dir)
    _submodules(output_dir, (output_dir / ".gitmodules").is_file(), ["--depth=1"])


def git_clean(source_dir: pathlib.Path) -> None:
    """Remove the files of a working tree that git does not track."""
    _git(["clean", "-xdf"], source_dir)


def _submodules(folder: pathlib.Path, chosen: bool | list[str], options: list[str]) -> None:
    if chosen:
        paths = chosen if isinstance(chosen, list) else []
        _git(["submodule", "update", "--init", "--recursive", *options, "--", *paths], folder)


def _git(arguments: list[str], folder: pathlib.Path) -> None:
    if _build.is_running():
        raise RuntimeError("git can't reach a repository in a build; download_source can")
    given = [word for setting in settings for word in ("-c", setting)]
    external_commands.run(["git", *given, *arguments], cwd=str(folder), extra_environ={"GIT_TERMINAL_PROMPT": "0"})


__getattr__ = names_of(__name__)
