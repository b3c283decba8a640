"""Building targets and collecting their files. A stand-in for Bazel writes prescribed events."""

import json
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.standins import Standin

from fromager_gen.bazel import Outcome, build, build_targets
from fromager_gen.errors import BuildError
from fromager_gen.graph import Node
from fromager_gen.overrides import Overrides
from fromager_gen.pipeline.collect import Collected, collect, keep_failed_logs, summary_texts
from fromager_gen.pipeline.repos import Repos


class KeptProgress:
    """Progress that records its calls."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    def done(self, package: str, count: int, was_there: bool) -> None:
        self.rows.append(f"{count} {package}{' there' if was_there else ''}")

    def failed(self, package: str) -> None:
        self.rows.append(f"failed {package}")

    def running(self, what: str) -> None:
        self.rows.append(f"running {what}")

    def say(self, text: str) -> None:
        self.rows.append(text)


def node(key: str, pre_built: bool = False) -> Node:
    name, _, version = key.partition("==")
    return Node(key, name, version, f"https://index.test/{name}", pre_built, ())


A, B, W = node("a==1.0"), node("b==1.0+cpu"), node("w==1.0", pre_built=True)
WHEEL = "{}-1.0-0-py3-none-any.whl"


@pytest.fixture
def standin(tmp_path: Path) -> Standin:
    return Standin(tmp_path)


def outcome_of(
    standin: Standin, nodes: Sequence[Node], targets: Sequence[str], progress: KeptProgress | None = None
) -> Outcome:
    return build(standin.bazel, nodes, targets, ["--jobs=3"], progress or KeptProgress())


def test_build_of_targets_reports_progress_and_outputs(standin: Standin) -> None:
    (sdist,) = standin.makes("//packages/a/1.0:sdist", "a-1.0.tar.gz")
    (wheel,) = standin.makes("//packages/a/1.0:wheel", WHEEL.format("a"))
    standin.makes("//packages/b/1.0_cpu:sdist", "b.tar.gz", log=False)
    standin.makes("//packages/b/1.0_cpu:wheel", WHEEL.format("b"))
    rows = [{"name": "total", "count": 4}]
    standin.said["last"] = [{"id": {"buildMetrics": {}}, "buildMetrics": {"actionSummary": {"runnerCount": rows}}}]
    progress = KeptProgress()
    outcome = outcome_of(standin, [A, B], ["sdist", "wheel"], progress)
    words, targets, folder = standin.called

    assert (outcome.of(A, "sdist"), outcome.of(A, "wheel"), outcome.of(A, "none")) == ([sdist], [wheel], [])
    assert outcome.error is None
    assert outcome.runners == {"total": 4}
    assert progress.rows == ["1 a 1.0 there", "2 b 1.0+cpu there"]
    assert targets == [f"//packages/{place}:{name}" for place in ("a/1.0", "b/1.0_cpu") for name in ("sdist", "wheel")]
    assert words[:3] == ["build", "--output_groups=+log,+plugin", "--jobs=3"]
    assert folder == str(standin.folder / "workspace")


def test_every_requested_target_counts_as_progress(standin: Standin) -> None:
    standin.makes("//packages/a/1.0:metadata", "METADATA")
    standin.makes("//packages/b/1.0_cpu:build_requires", "b.json")
    progress = KeptProgress()
    outcome = build_targets(standin.bazel, [(A, "metadata"), (B, "build_requires")], [], progress)

    assert progress.rows == ["1 a 1.0 there", "2 b 1.0+cpu there"]
    assert [path.name for path in outcome.of(B, "build_requires")] == ["b.json"]


def test_failed_build_reports_failures_and_keeps_other_outputs(standin: Standin) -> None:
    standin.fails("//packages/a/1.0:wheel")
    standin.makes("//packages/b/1.0_cpu:wheel", WHEEL.format("b"))
    error = "ERROR: a 1.0 could not be built: x\nThe whole log: "
    standin.said["last"] = [{"id": {"progress": {}}, "progress": {"stderr": f"{error}bazel-out/a.log"}}]
    progress = KeptProgress()
    outcome = outcome_of(standin, [A, B], ["wheel"], progress)

    assert progress.rows == ["failed a 1.0", "1 b 1.0+cpu there", f"{error}{standin.bazel.workspace}/bazel-out/a.log"]
    assert "the build failed" in str(outcome.error)
    assert outcome.of(A, "wheel") == []
    assert outcome.of(B, "wheel")
    assert outcome.failed_logs == {}


def test_log_of_failed_build_replaces_older_log(standin: Standin, tmp_path: Path) -> None:
    place = "bazel-out/k8/bin/packages/b/1.0_cpu/wheel.log"
    (standin.bazel.workspace / place).parent.mkdir(parents=True)
    (standin.bazel.workspace / place).write_text("why")
    standin.fails("//packages/b/1.0_cpu:wheel")
    standin.makes("//packages/a/1.0:wheel", WHEEL.format("a"))
    said = f"ERROR: b could not be built: x\nThe whole log: {place}\n"
    standin.said["last"] = [{"id": {"progress": {}}, "progress": {"stderr": said}}]
    logs = [tmp_path / "work-dir" / name for name in ("logs/b-1.0+cpu.log", "b-1.0+cpu/build.log")]
    for log in logs:
        log.parent.mkdir(parents=True)
        log.write_text("of a build that went well")
    kept = keep_failed_logs(outcome_of(standin, [A, B], ["wheel"]), [A, B], tmp_path / "work-dir")

    assert kept == {B.key: logs[0]}
    assert [log.read_text() for log in logs] == ["why", "why"]
    assert sorted(path for path in (tmp_path / "work-dir").rglob("*") if path.is_file()) == sorted(logs)


@pytest.mark.parametrize(
    "place",
    ["bazel-out/k8/bin/packages/a/1.0/wheel.log", "bazel-out/../secret/packages/b/1.0_cpu/x.log",
     "/etc/packages/b/1.0_cpu/x.log", "secret/packages/b/1.0_cpu/x.log", "bazel-out/packages/b/1.0_cpu/x/../x.log"],
)  # fmt: skip
def test_log_path_printed_by_a_build_is_not_trusted(standin: Standin, tmp_path: Path, place: str) -> None:
    """Such a path names a package that did not fail, or is outside of Bazel's outputs."""
    if not place.startswith("/"):
        (standin.bazel.workspace / place).parent.mkdir(parents=True, exist_ok=True)
        (standin.bazel.workspace / place).write_text("not of this build")
    standin.fails("//packages/b/1.0_cpu:wheel")
    standin.makes("//packages/a/1.0:wheel", WHEEL.format("a"))
    standin.said["last"] = [{"id": {"progress": {}}, "progress": {"stderr": f"  | The whole log: {place}"}}]
    keep_failed_logs(outcome_of(standin, [A, B], ["wheel"]), [A, B], tmp_path / "work-dir")

    assert not (tmp_path / "work-dir").exists()


@pytest.mark.parametrize(
    ("code", "says"), [(37, "Bazel itself failed"), (2, r"could not run the build.*exit code 2"), (39, "run again")]
)
def test_error_before_the_build_starts_is_reported(standin: Standin, code: int, says: str) -> None:
    standin.said.update(code=code, stderr="ERROR: no such option\n")
    progress = KeptProgress()
    outcome = outcome_of(standin, [A], ["wheel"], progress)

    assert progress.rows == ["ERROR: no such option"]
    with pytest.raises(BuildError, match=says):
        raise outcome.error or AssertionError


def test_interrupted_build_ends_bazel(standin: Standin) -> None:
    """The interrupt is Ctrl-C at the first event."""

    class Ending(KeptProgress):
        def done(self, package: str, count: int, was_there: bool) -> None:
            signal.raise_signal(signal.SIGINT)

    standin.makes("//packages/a/1.0:wheel", WHEEL.format("a"))
    with pytest.raises(KeyboardInterrupt):
        outcome_of(standin, [A], ["wheel"], Ending())


def test_pre_built_package_has_only_a_wheel(standin: Standin) -> None:
    outcome_of(standin, [A, W], ["sdist", "wheel"])
    assert standin.called[1] == ["//packages/a/1.0:sdist", "//packages/a/1.0:wheel", "//packages/w/1.0:wheel"]

    with pytest.raises(BuildError, match=r"pre-built packages are published wheels and have no source: w 1\.0"):
        outcome_of(standin, [A, W], ["sdist"])


def test_built_files_are_collected(standin: Standin, tmp_path: Path, logged: list[str]) -> None:
    standin.makes("//packages/a/1.0:sdist", "a-1.0.tar.gz", log=False)
    standin.makes("//packages/a/1.0:rebuilt_sdist", "a-1.0.tar.gz", log=False)
    standin.makes("//packages/a/1.0:wheel", WHEEL.format("a"))
    standin.makes("//packages/w/1.0:wheel", WHEEL.format("w"), log=False)
    standin.fails("//packages/b/1.0_cpu:wheel")
    repos = Repos(tmp_path / "w", tmp_path / "s")
    outcome = outcome_of(standin, [A, B, W], ["sdist", "rebuilt_sdist", "wheel"])
    found = collect(outcome, [A, B, W], repos, tmp_path / "work-dir", Overrides())

    assert [(one.node, one.wheel, one.skipped) for one in found] == [
        (A, tmp_path / "w" / "downloads" / WHEEL.format("a"), False),
        (W, tmp_path / "w" / "prebuilt" / WHEEL.format("w"), False),
    ]
    assert (tmp_path / "s/downloads/a-1.0.tar.gz").read_text().startswith("//packages/a/1.0:sdist")
    assert (tmp_path / "s/builds/a-1.0.tar.gz").read_text().startswith("//packages/a/1.0:rebuilt_sdist")
    assert [path.name for path in (tmp_path / "work-dir" / "logs").iterdir()] == ["a-1.0.log"]
    assert (tmp_path / "work-dir" / "a-1.0" / "build.log").is_file()
    assert not any("have sdist version" in row for row in logged)
    again = collect(outcome, [A, B, W], repos, tmp_path / "work-dir", Overrides())
    assert [one.skipped for one in again] == [True, True]
    assert "INFO a-1.0: have sdist version 1.0: a-1.0.tar.gz" in logged


def test_summary_has_the_format_of_fromager(tmp_path: Path) -> None:
    texts = summary_texts([Collected(A, tmp_path / "a.whl", False), Collected(W, tmp_path / "w.whl", True)])

    assert json.loads(texts["build-sequence-summary.json"])[1] == {
        "name": "w",
        "version": "1.0",
        "prebuilt": True,
        "download_url": "https://index.test/w",
        "wheel_filename": "w.whl",
        "skipped": True,
    }
    assert "2 packages\n" in texts["build-sequence-summary.md"]
    assert "| a | 1.0 | a.whl |\n" in texts["build-sequence-summary.md"]
    assert "Not built" not in texts["build-sequence-summary.md"]
    assert summary_texts([], [A, B])["build-sequence-summary.md"].endswith("Not built:\n\n- a 1.0\n- b 1.0+cpu\n")
