"""Options that several commands share: values that are rejected before any download or write."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.command import error, output, run, usage_error
from support.servers import Server

from fromager_gen.cli.options import _time

ROOT = {"download_url": "", "pre_built": False, "version": "0", "canonicalized_name": "", "constraint": None}


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    node = {**ROOT, "version": "1", "canonicalized_name": "a", "edges": []}
    edges = [{"key": "a==1", "req_type": "toplevel", "req": "a"}]
    path = tmp_path / "graph.json"
    path.write_text(json.dumps({"": {**ROOT, "edges": edges}, "a==1": node}))
    return path


@pytest.mark.parametrize("url", ["", "index", "ftp://x.test/simple", "https://[x", "file:///tmp"])
def test_index_must_be_an_http_address(graph: Path, url: str) -> None:
    for command in (["lock", graph, "--output", "l.json"], ["bootstrap", "a"]):
        assert "is not an http or https address" in usage_error(*command, "--index-url", url)
    for command in (["build", "a", "1"], ["step", "download-source-archive", "a", "1"]):
        assert "is not an http or https address of an index" in str(error(*command, url))
    for option in ("--wheel-server-url", "--cache-wheel-server-url"):
        command = ["build", "a", "1", "http://h.test"] if "cache" not in option else ["build-parallel", graph]
        assert "is not an http or https address" in usage_error(*command, option, url)


@pytest.mark.parametrize("variant", ["", "../x", "a/b", "-x", "a b"])
def test_variant_must_be_a_valid_name(graph: Path, variant: str) -> None:
    assert "is not a valid variant name" in usage_error(f"--variant={variant}", "list-overrides")
    assert "is not a valid variant name" in usage_error("generate", graph, "--output", "w", f"--variant={variant}")


@pytest.mark.parametrize("option", ["--settings-file", "--settings-dir", "--patches-dir"])
def test_missing_path_of_an_option_is_a_warning(tmp_path: Path, option: str) -> None:
    result = run(option, tmp_path / "typo", "list-overrides")

    assert result.exception is None
    assert f"{option} {tmp_path / 'typo'} does not exist and is ignored" in result.stderr
    assert "does not exist" not in run("list-overrides").stderr


def test_record_hash_needs_a_package_in_the_graph(graph: Path, tmp_path: Path) -> None:
    said = error("lock", graph, "--output", tmp_path / "l.json", "--record-hash", "typo")

    assert "--record-hash typo: the graph has no such package" in str(said)
    assert not (tmp_path / "l.json").exists()


def test_report_is_written_through_links_and_to_devices(graph: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    output("graph", "to-constraints", graph, "-o", link)

    assert link.is_symlink()
    assert target.read_text() == "a==1\n"
    assert target.stat().st_mode & 0o777 == 0o600
    assert output("graph", "to-constraints", graph, "-o", "-") == "a==1\n"
    output("graph", "to-constraints", graph, "-o", "/dev/null")
    assert Path("/dev/null").is_char_device()


def test_the_global_settings_are_linted(tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("colours: {}\n")

    assert "unknown key 'colours'" in run("--settings-file", settings, "lint").output


def test_constraints_before_and_after_the_command_are_merged(tmp_path: Path) -> None:
    """No requirement applies to this environment, so no index is used."""
    bad = tmp_path / "c.txt"
    bad.write_text("a[x]==1\n")
    nothing = "a; python_version < '3'"

    assert "there are no requirements" in str(error("-O", tmp_path, "bootstrap", nothing))
    for command in (["-c", bad, "bootstrap", "b"], ["bootstrap", "b", "--constraints-file", bad]):
        assert "has extras" in str(error("-O", tmp_path, *command))


def test_error_of_misplaced_global_option_has_a_hint(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fromager_gen", "stats", "--work-dir", "x", "graph.json"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert result.returncode == 2
    hint = "Put it before the command: fromager-gen --work-dir ... stats"
    assert hint in " ".join(result.stderr.split())


def test_error_of_misplaced_short_option_has_no_hint() -> None:
    assert "goes before" not in usage_error("graph", "explain-duplicates", "-o", "x", "graph.json")


def test_age_is_limited_to_a_century() -> None:
    assert "is not in the range 0<=x<=36500" in usage_error("--min-release-age", "9999999999", "bootstrap", "a")
    assert "is not in the range 1<=x<=36500" in usage_error("bootstrap", "a", "--max-release-age", "9999999999")


def test_network_isolation_cannot_be_disabled() -> None:
    assert "builds with Bazel never have network access" in usage_error("--no-network-isolation", "list-overrides")
    assert output("--network-isolation", "list-overrides") == ""


def test_global_option_can_be_set_by_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a_b.yaml").write_text("build_dir: x\n")
    monkeypatch.setenv("FROMAGER_SETTINGS_DIR", str(tmp_path / "mine"))

    assert output("list-overrides") == "a-b\n"


@pytest.mark.parametrize("option", ["nosuchflag", "//:wheelhouse", "-", "--"])
def test_bazel_option_must_be_an_option(option: str) -> None:
    assert "is not a Bazel option" in usage_error("build-parallel", "g.json", "--bazel-option", option)


@pytest.mark.parametrize("date", ["", "today", "2026-W01", "2026-13-01", "28.11.2026", "2026"])
def test_exclude_newer_must_be_a_date(graph: Path, date: str) -> None:
    assert "is not a date such as 2026-11-28" in usage_error("lock", graph, f"--exclude-newer={date}")


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("2026-11-28", "2026-11-29T00:00:00+00:00"),
        ("2026-11-28T10:00", "2026-11-28T10:00:00+00:00"),
        ("2026-11-28T10:00:00+02:00", "2026-11-28T10:00:00+02:00"),
    ],
)
def test_date_without_time_includes_the_whole_day(said: str, time: str) -> None:
    """This is the same as in uv."""
    assert str(_time(None, None, said)).replace(" ", "T") == time  # type: ignore[arg-type]


def test_a_graph_can_be_at_an_address(server: Server, graph: Path) -> None:
    url = server.say("/collections//graph.json", graph.read_bytes())

    assert run("graph", "to-constraints", url).stdout == run("graph", "to-constraints", graph).stdout == "a==1\n"
    assert server.asked == ["GET /collections//graph.json"]


def test_an_address_without_a_graph_is_an_error(server: Server) -> None:
    server.say("/page", b"<html>")
    assert f"{server.url}/none" in str(error("graph", "to-constraints", f"{server.url}/none"))
    assert "is damaged or not JSON" in str(error("graph", "to-constraints", f"{server.url}/page"))
    assert "is not a valid address" in usage_error("graph", "to-constraints", "https://[x")


def test_constraints_after_bootstrap_are_explained(tmp_path: Path) -> None:
    (tmp_path / "c.txt").touch()

    assert "Name constraints before the command" in usage_error("bootstrap", "a", "-c", tmp_path / "c.txt")
