"""Check a wheel as it enters the index, whatever cache it came from.

The action that built a wheel has checked it, but a cache can have damaged or replaced its output since.
"""

import zipfile
from pathlib import Path

from actions.errors import ActionError
from actions.names import normalize
from actions.wheel import record, wheel_file
from actions.wheel.planned import Planned


def check(wheel: Path, planned: Planned, published: bool) -> None:
    """Read all of a wheel, and compare it with its RECORD, its file name and the plan.

    Args:
        wheel: the wheel.
        planned: the graph's data about it.
        published: whether it is a published wheel, whose RECORD may have faults that pip and uv ignore.

    Raises:
        ActionError: it is damaged, or not the wheel that was planned.
        OSError: the file can't be read.
    """
    try:
        wheel_file.check(wheel, planned)
        with wheel_file.reading(), record.published(wheel) as source:
            findings = source.findings
            tags = source.read_dist_info("WHEEL")
        if not published:
            _check_tags(wheel.name, tags)
            if findings:
                raise ActionError("; ".join(findings))
    except ActionError as err:
        raise ActionError(
            f"the wheel of {planned.package} {planned.version} is not the one that was built: {wheel.name}: {err}. A "
            "cache may have a damaged or a forged file. Build it again without caches: `bazel clean`, and `bazel build "
            "--noremote_accept_cached --disk_cache=`"
        ) from err


def check_own(wheel: Path) -> None:
    """Read all of a wheel, and compare it with its RECORD and its file name, without a plan.

    RECORD may lack files, or have other faults that pip and uv ignore, since the wheel can be a published one. Files
    with another hash are refused: nothing else shows whether the wheel is damaged.

    Raises:
        ActionError: it is damaged, or its name and its content disagree.
        OSError: the file can't be read.
    """
    try:
        with wheel_file.reading(), zipfile.ZipFile(wheel) as opened:
            wheel_file.check_members(wheel.name, opened.infolist())
            fields = wheel_file.fields(opened.read(wheel_file.metadata_name(opened)))
        with wheel_file.reading(), record.published(wheel) as source:
            if source.changed:
                raise ActionError(f"RECORD has another hash for {wheel_file.some(source.changed)}")
    except ActionError as err:
        raise ActionError(f"{wheel.name} is damaged: {err}") from err
    name, version, *_ = wheel.name.split("-")
    if normalize(fields["name"][-1]) != normalize(name):
        raise ActionError(f"{wheel.name}: its metadata belongs to the package {fields['name'][-1]!r}")
    if not wheel_file.same_version(fields["version"][-1], version):
        raise ActionError(f"{wheel.name}: its metadata has the version {fields['version'][-1]!r}")


def _check_tags(name: str, text: str) -> None:
    """Compare the tags in a file name with those in WHEEL. Backends may write some of them only in one place."""
    named = _expanded("-".join(name.removesuffix(".whl").split("-")[-3:]))
    stated = {line.partition(":")[2].strip() for line in text.splitlines() if line.lower().startswith("tag:")}
    stated = {tag for tags in stated for tag in _expanded(tags)}
    if stated and named.isdisjoint(stated):
        raise ActionError(f"its file name has the tags {_shown(named)}, but its file WHEEL has {_shown(stated)}")


def _shown(tags: set[str]) -> str:
    return ", ".join(sorted(tags))


def _expanded(tags: str) -> set[str]:
    """Return single tags: some backends write compressed ones, such as ``py2.py3-none-any``."""
    parts = [part.split(".") for part in tags.split("-")]
    if len(parts) != 3:
        return {tags}
    return {f"{python}-{abi}-{platform}" for python in parts[0] for abi in parts[1] for platform in parts[2]}
