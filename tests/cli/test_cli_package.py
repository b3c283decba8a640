"""``package``, ``list-versions`` and ``find-updates``: versions on an index, their ages, and errors."""

import csv
import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.command import error, output, run, usage_error
from support.forges import say_github
from support.servers import Answer, Server, project_page

from fromager_gen.errors import FetchError, InputError, ResolutionError

OLD, NEW = datetime(2025, 3, 4, 5, 6, tzinfo=UTC), datetime.now(UTC) - timedelta(days=2, hours=1)


@pytest.fixture(autouse=True)
def index(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """An index with the package `some-pkg` in several forms, and `other`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
    monkeypatch.setattr("time.sleep", lambda _: None)
    add(
        server, "some-pkg",
        entry("some_pkg-1.10.tar.gz", OLD), entry("some_pkg-1.9.tar.gz"), entry("some_pkg-2.0.tar.gz", NEW),
        entry("some_pkg-2.1rc1.tar.gz", OLD), entry("some_pkg-2.2.tar.gz", OLD, yanked=True),
        entry("some_pkg-2.3.tar.gz", OLD, **{"requires-python": ">=3.99"}),
        entry("some_pkg-3.0-py3-none-any.whl", OLD), entry("some_pkg-3.0-1-py3-none-any.whl", NEW),
        entry("some_pkg-4.0-cp312-cp312-win_amd64.whl", OLD), entry("some_pkg-x.tar.gz"),
    )  # fmt: skip
    add(server, "other", entry("other-1.0.tar.gz", OLD), entry("other-1.5.tar.gz"), entry("other-2.0.tar.gz", OLD))
    return server


def entry(filename: str, uploaded: datetime | None = None, **more: object) -> dict[str, object]:
    time = {"upload-time": uploaded.isoformat()} if uploaded else {}
    return {"filename": filename, "url": f"/f/{filename}", "hashes": {}, **time, **more}


def add(server: Server, project: str, *entries: dict[str, object]) -> None:
    server.say(f"/simple/{project}/", project_page(entries, project))


def settings(text: str) -> None:
    Path("overrides/settings").mkdir(parents=True)
    Path("overrides/settings/some_pkg.yaml").write_text(text)


def versions(*options: str, before: tuple[str, ...] = (), requirement: str = "some-pkg") -> list[str]:
    return output("--python", "3.12.1", *before, "package", "list-versions", *options, requirement).split()


def test_versions_of_sdists_are_listed_lowest_first() -> None:
    assert versions() == ["1.9", "1.10", "2.0"]
    assert versions("--format", "requirements", requirement="Some.Pkg") == [
        "Some.Pkg==1.9", "Some.Pkg==1.10", "Some.Pkg==2.0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("requirement", "wanted"),
    [
        ("some-pkg>=1.10", ["1.10", "2.0"]),
        ("some-pkg[x]==1.*", ["1.9", "1.10"]),
        ("some-pkg>=2.1rc1", ["2.1rc1"]),
        ("some-pkg<2; python_version < '3'", ["1.9", "1.10"]),
    ],
)
def test_the_requirement_selects_versions(requirement: str, wanted: list[str]) -> None:
    assert versions(requirement=requirement) == wanted


@pytest.mark.parametrize(
    ("kind", "wanted"), [("sdist", "1.9 1.10 2.0"), ("WHEEL", "3.0"), ("both", "1.9 1.10 2.0 3.0")]
)
def test_distribution_types(kind: str, wanted: str) -> None:
    assert versions("--distribution-type", kind) == wanted.split()


def test_settings_choose_the_files() -> None:
    settings("resolver_dist: {include_sdists: false, include_wheels: true, ignore_platform: true}")

    assert versions() == ["3.0", "4.0"]
    assert versions("--distribution-type", "sdist") == ["1.9", "1.10", "2.0"]


def test_settings_choose_the_index(index: Server) -> None:
    index.say("/own/some-pkg/", project_page([entry("some_pkg-7.tar.gz")], "some-pkg"))
    settings(f"resolver_dist: {{sdist_server_url: '{index.url}/own'}}")

    assert versions("--sdist-server-url", f"{index.url}/simple") == ["7"]


def test_index_of_the_command_line(index: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.9:9/nothing")

    assert versions("--sdist-server-url", f"{index.url}/simple/") == ["1.9", "1.10", "2.0"]


def test_constraints_before_the_command_apply() -> None:
    Path("c.txt").write_text("some-pkg<=2.1rc1,!=2.0\n")

    assert versions(before=("-c", "c.txt")) == ["1.9", "1.10", "2.1rc1"]


def test_versions_that_are_too_young_are_omitted() -> None:
    """The upload time of 1.9 is not known."""
    assert versions(before=("--min-release-age", "2")) == ["1.9", "1.10", "2.0"]
    assert versions(before=("--min-release-age", "3")) == ["1.9", "1.10"]


def rows(*options: str, before: tuple[str, ...] = ()) -> list[dict[str, str]]:
    text = output("--python", "3.12.1", *before, "package", "list-versions", "--format", "json", *options, "some-pkg")
    found: list[dict[str, str]] = json.loads(text)
    return found


def test_json_has_times_ages_and_cooldown() -> None:
    first, second, third = rows(before=("--min-release-age", "3"))

    assert first == {"package": "some-pkg", "version": "1.9", "upload_time": "", "age_days": "", "cooldown": "skipped"}
    assert (second["upload_time"], second["cooldown"]) == ("2025-03-04 05:06", "available")
    assert int(second["age_days"]) == (datetime.now(UTC) - OLD).days
    assert (third["age_days"], third["cooldown"]) == ("2", "blocked")
    assert {row["cooldown"] for row in rows()} == {""}


def test_the_latest_upload_of_a_version_counts() -> None:
    assert rows("--distribution-type", "wheel")[0]["age_days"] == "2"


@pytest.mark.parametrize(("own", "cooldowns"), [(0, ["", "", ""]), (9000, ["skipped", "blocked", "blocked"])])
def test_minimum_age_in_the_settings_of_the_package(own: int, cooldowns: list[str]) -> None:
    settings(f"resolver_dist: {{min_release_age: {own}}}")

    assert [row["cooldown"] for row in rows(before=("--min-release-age", "3"))] == cooldowns
    found = rows("--ignore-per-package-overrides", before=("--min-release-age", "3"))
    assert [row["cooldown"] for row in found] == ["skipped", "available", "blocked"]


def test_csv_and_table() -> None:
    text = output("package", "list-versions", "--format", "csv", "some-pkg<2")
    first, *_ = csv.reader(io.StringIO(text))
    lines = output("package", "list-versions", "--format", "table", "some-pkg<2").splitlines()

    assert first == ["package", "version", "upload_time", "age_days", "cooldown"]
    assert text.splitlines()[1] == '"some-pkg","1.9","","",""'
    assert lines[0].strip() == "Versions for some-pkg"
    assert lines[2].replace(" ", "") == "┃Version┃UploadTime┃Age(days)┃"
    assert "Cooldown" in output("--min-release-age", "1", "package", "list-versions", "--format", "table", "some-pkg")


def test_output_file_and_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROMAGER_PACKAGE_LIST_VERSIONS_OUTPUT_FORMAT", "requirements")
    assert versions("-o", "new/out.txt", requirement="some-pkg<1.10") == []
    assert Path("new/out.txt").read_text() == "some-pkg==1.9\n"


@pytest.mark.parametrize("requirement", ["some-pkg>9", "none", "some-pkg==2.2"])
def test_no_versions(requirement: str) -> None:
    found = error("package", "list-versions", requirement)

    assert isinstance(found, ResolutionError)
    assert str(found).startswith(f"No versions found for {requirement}")
    result = run("package", "list-versions", "--ignore-no-versions", requirement, "-o", "out")
    assert (result.exception, result.stdout) == (None, "")
    assert "No versions found for" in result.stderr
    assert not Path("out").exists()


def own_source(text: str) -> None:
    Path("overrides/fromager-gen").mkdir(parents=True, exist_ok=True)
    Path("overrides/fromager-gen/some_pkg.yaml").write_text(f"source: {{{text}}}\n")


def test_versions_of_a_source_in_the_settings(index: Server) -> None:
    url = say_github(index, "owner/some-pkg", "v7.1", "v7.0")
    own_source(f"provider: github-tag-git, project_url: '{url}'")
    assert versions() == ["7.0", "7.1"]
    text = output("package", "resolve", "some-pkg")
    assert "- source: github-tag-git (overrides/fromager-gen/some_pkg.yaml:1)\n" in text
    assert "found 2 versions in 2 files for 'some-pkg'" in text

    own_source("provider: not-available")
    where = "overrides/fromager-gen/some_pkg.yaml:1"
    assert str(error("package", "list-versions", "some-pkg")) == (
        f"No versions found for some-pkg: package some-pkg is not available: {where} says `provider: not-available`"
    )


def test_wrong_arguments(index: Server) -> None:
    for text in ("a b", "", "-r x", "../x"):
        assert isinstance(error("package", "list-versions", "--", text), InputError)
    assert "is an address" in str(error("package", "resolve", "a @ https://index.test/a-1.tar.gz"))
    assert "is not an http or https address" in usage_error("package", "list-versions", "--sdist-server-url", "x", "a")
    index.say("/simple/bad/", Answer(b"no page", 500))
    assert isinstance(error("package", "list-versions", "--ignore-no-versions", "bad"), FetchError)


def test_deprecated_list_versions() -> None:
    result = run("list-versions", "--format-as-requirements", "some-pkg<2")

    assert result.stdout.splitlines() == ["use 'fromager-gen package list-versions'", "some-pkg==1.9", "some-pkg==1.10"]
    assert "deprecated" in result.stderr.lower()
    assert run("list-versions", "--ignore-no-versions", "none").exception is None
    assert isinstance(error("list-versions", "none"), ResolutionError)


def test_resolve_reports_settings_and_versions(index: Server) -> None:
    Path("c.txt").write_text("some-pkg<3.5\n")
    text = output("--python", "3.12.1", "-c", "c.txt", "package", "resolve", "some-pkg>=1.9")

    assert text.splitlines()[0] == "resolving requirement for 'some-pkg>=1.9' (variant: cpu)"
    assert f"- sdist server url: {index.url}/simple\n" in text
    assert "- constraint of --constraints-file: some-pkg<3.5\n" in text
    assert "found 3 versions in 3 files for 'some-pkg>=1.9', constraint: some-pkg<3.5\n" in text
    assert "- versions: 1.9, 1.10, 2.0\n" in text
    assert "- versions on the default index: 1.9, 1.10, 2.0, 2.3, 3.0\n" in text
    assert "- only as wheel: 3.0\n- not resolved with the settings: 2.3, 3.0\n" in text


def test_resolve_does_not_compare_packages_with_settings() -> None:
    settings("resolver_dist: {include_sdists: false, include_wheels: true}")
    text = output("package", "resolve", "some-pkg")

    assert "the package has settings, patches or a plugin\n" in text
    assert "- using distribution type 'default' (sdists: False, wheels: True)\n" in text
    assert text.endswith(
        "\nnot compared with the default index: the package has settings, or use_pypi_org_metadata is false\n"
    )
    Path("overrides/settings/some_pkg.yaml").write_text("resolver_dist: {use_pypi_org_metadata: true}")
    assert "versions on the default index" in output("package", "resolve", "some-pkg")


@pytest.mark.parametrize("requirement", ["none", "some-pkg>9"])
def test_resolve_without_versions_is_an_error_after_the_report(requirement: str) -> None:
    result = run("package", "resolve", requirement)

    assert isinstance(result.exception, ResolutionError)
    assert result.stdout.startswith(f"resolving requirement for '{requirement}'")


def updates(text: str, *options: str, before: tuple[str, ...] = ()) -> str:
    Path("constraints.txt").write_text(text)
    return output("--python", "3.12.1", *before, "find-updates", *options, "constraints.txt")


@pytest.mark.parametrize(
    ("constraint", "wanted"),
    [
        ("==1.0", "1.5 2.0"),
        ("===1.5", "2.0"),
        ("<1.5", "1.5 2.0"),
        ("<=1.5", "1.5 2.0"),
        ("~=1.0", "1.0 1.5 2.0"),
        ("!=1.5", "1.5 2.0"),
        (">=1,<2", "2.0"),
        ("==2.0", ""),
        (">=1.0", ""),
        ("==1.*", ""),
        ("<2,!=1.5", ""),
        ("==1.0; python_version < '3'", ""),
    ],
)
def test_updates_beyond_a_constraint(constraint: str, wanted: str) -> None:
    assert updates(f"Other{constraint}\n") == "".join(f"other=={version}\n" for version in wanted.split())


def test_updates_as_json_and_csv() -> None:
    text = "other==1.5\nSome_Pkg==1.10\n"

    assert json.loads(updates(text, "--format", "json")) == [
        {"name": "other", "version": "2.0"}, {"name": "some-pkg", "version": "2.0"},
    ]  # fmt: skip
    assert updates(text, "--format", "csv") == "name,version\r\nother,2.0\r\nsome-pkg,2.0\r\n"
    assert updates(text, "-o", "out.txt", "--distribution-type", "both") == ""
    assert Path("out.txt").read_text() == "other==2.0\nsome-pkg==2.0\nsome-pkg==3.0\n"


def test_without_updates_no_file_is_written() -> None:
    assert updates("other==2.0\n", "--format", "json", "-o", "out.json") == ""
    assert not Path("out.json").exists()


def test_package_that_cannot_be_looked_up_is_a_warning(index: Server) -> None:
    index.say("/simple/bad/", Answer(b"no page", 500))
    Path("constraints.txt").write_text("bad==1\nother==1.5\nnone==1\n")
    result = run("find-updates", "constraints.txt")

    assert (result.exception, result.stdout) == (None, "other==2.0\n")
    assert result.stderr.count("warning: ") == 2


def test_unreachable_index_and_invalid_constraints_are_errors(index: Server) -> None:
    Path("constraints.txt").write_text("other==1.5\n")
    assert isinstance(
        error("find-updates", "--sdist-server-url", "http://127.0.0.9:9/x", "constraints.txt"), FetchError
    )
    Path("constraints.txt").write_text("other\nother[x]==1\n")
    assert "2 problems" in str(error("find-updates", "constraints.txt"))
    assert "none: can't be read" in str(error("find-updates", "none"))


def test_versions_are_those_of_a_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    (site / "plug-1.dist-info").mkdir(parents=True)
    (site / "plug-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: plug\nVersion: 1\n")
    entry_points = "[fromager.project_overrides]\nsome_pkg = plug_of_versions\n"
    (site / "plug-1.dist-info" / "entry_points.txt").write_text(entry_points)
    (site / "plug_of_versions.py").write_text(
        "from fromager import resolver\n"
        "def get_resolver_provider(ctx, req):\n"
        "    return resolver.VersionMapProvider({'7.0': 'https://forge.test/7.0.zip'})\n"
    )
    monkeypatch.syspath_prepend(str(site))
    try:
        assert versions() == ["7.0"]
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] in ("fromager", "plug_of_versions")]:
            del sys.modules[name]
