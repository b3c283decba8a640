"""Settings of SBOMs: the sections `sbom` and `purl` of Fromager's files, and additions in a file of ours."""

from pathlib import Path

import pytest

from fromager_gen.errors import SettingsError
from fromager_gen.overrides import OverridePaths, Overrides, Purl, Sbom, lint, read_overrides


def paths(folder: Path, of_all: str = "", own: str = "", package: str = "") -> OverridePaths:
    found = OverridePaths(folder / "settings.yaml", folder / "settings", folder / "patches")
    found.settings_dir.mkdir(exist_ok=True)
    for path, text in (
        (found.settings_file, of_all),
        (folder / "fromager-gen.yaml", own),
        (found.settings_dir / "top.yaml", package),
    ):
        if text:
            path.write_text(text)
    return found


def read(folder: Path, of_all: str = "", own: str = "", package: str = "") -> Overrides:
    return read_overrides(paths(folder, of_all, own, package), {"top"})


@pytest.mark.parametrize("text", ["", "changelog: {}\n", "sbom:\n", "sbom: null\n"])
def test_without_the_section_wheels_get_no_sbom(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).sbom is None


def test_an_empty_section_gives_fromagers_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, "sbom: {}\n").sbom == Sbom("NOASSERTION", "https://spdx.org/spdxdocs", (), "pypi", None)


def test_every_key_is_read(tmp_path: Path, logged: list[str]) -> None:
    found = read(
        tmp_path,
        """\
sbom:
  supplier: "Organization: Example"
  namespace: HTTPS://WWW.Example.com:443/Docs
  creators: ["Person: Ann (ann@example.com)", "Tool: other-1"]
  purl_type: " Generic "
  repository_url: https://example.com:8443
""",
        package="purl: {type: RPM, namespace: n, name: m, version: '2', repository_url: 'http://a.test/', "
        "upstream: 'pkg:GitHub/Org/Repo@v1'}\n",
    )

    assert found.sbom == Sbom(
        "Organization: Example",
        "https://www.example.com/Docs",
        ("Person: Ann (ann@example.com)", "Tool: other-1"),
        "generic",
        "https://example.com:8443",
    )
    assert found.settings("top").purl == Purl("rpm", "n", "m", "2", "http://a.test/", "pkg:github/org/repo@v1")
    assert found.settings("other").purl == Purl()
    assert not [row for row in logged if row.startswith("WARNING")]


def test_what_makes_an_sbom_invalid_is_a_warning(tmp_path: Path, logged: list[str]) -> None:
    """Fromager writes any text, so a folder that it accepts is accepted here."""
    found = read(tmp_path, "sbom:\n  supplier: 'Tool: me'\n  creators:\n    - 'Team: us'\n    - 'Person: Ann'\n").sbom

    assert found is not None and found.creators == ("Team: us", "Person: Ann")
    assert [row.partition("settings.yaml:")[2][:30] for row in logged if row.startswith("WARNING")] == [
        "2: 'Tool: me' makes the SBOMs ",
        "4: 'Team: us' makes the SBOMs ",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sbom: [x]\n", r"settings\.yaml:1: expected a mapping"),
        ("sbom:\n  supplier: [x]\n", r"settings\.yaml:2: expected a string of one line"),
        ("sbom:\n  creators: x\n", r"settings\.yaml:2: expected a list"),
        ("sbom:\n  creators: [1]\n", r"settings\.yaml:2: expected a string of one line"),
        ("sbom:\n  purl_type: ' '\n", r"settings\.yaml:2: ' ' is not a type of package URLs"),
        ("sbom:\n  purl_type: my type\n", r"settings\.yaml:2: 'my type' is not a type of package URLs"),
        ("sbom:\n  namespace: example\n", r"settings\.yaml:2: 'example' is not an absolute address"),
        ("sbom:\n  namespace: 'http://a.test/b#c'\n", r"settings\.yaml:2: 'http://a.test/b#c' contains `#`"),
        ("sbom:\n  namespace: 'http://a:x/'\n", r"settings\.yaml:2: 'http://a:x/' is not a valid address"),
        ("sbom:\n  repository_url: 'http://a.test/b c'\n", r"settings\.yaml:2: .* is not an absolute address"),
        ("sbom:\n  repository_url: 'http://me:secret@a.test/'\n", r"settings\.yaml:2: the address contains a password"),
    ],
)
def test_an_invalid_value_is_an_error(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        read(tmp_path, text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("upstream", ["x", "'pkg:'", "pkg:pypi", "' '"])
def test_an_invalid_package_url_is_an_error(tmp_path: Path, upstream: str) -> None:
    with pytest.raises(SettingsError, match=r"top\.yaml:2: .* is not a valid package URL"):
        read(tmp_path, package=f"purl:\n  upstream: {upstream}\n")


def test_additions_are_in_a_file_that_fromager_does_not_read(tmp_path: Path) -> None:
    def additions(own: str) -> tuple[str, ...]:
        found = read(tmp_path, "sbom: {}\n", own).sbom
        assert found is not None
        return found.additions

    assert additions("# nothing\n") == additions("sbom:\n") == additions("sbom: {cyclonedx: false}\n") == ()
    assert additions("sbom: {cyclonedx: true}\n") == ("cyclonedx",)
    assert additions("sbom: {cyclonedx: true, crate_licenses: true}\n") == ("crate_licenses", "cyclonedx")


def test_the_file_of_additions_is_part_of_the_settings_digest(tmp_path: Path) -> None:
    before = read(tmp_path, "sbom: {}\n").settings_sha256

    assert read(tmp_path, "sbom: {}\n", "sbom: {cyclonedx: true}\n").settings_sha256 != before


@pytest.mark.parametrize(
    ("of_all", "own", "says"),
    [
        (
            "sbom: {}\n",
            "colour: red\n",
            r"fromager-gen\.yaml:1: unknown key 'colour'; known keys are build_tag, external, external_dependencies, "
            "external_libraries, sbom",
        ),
        ("sbom: {}\n", "sbom: x\n", r"fromager-gen\.yaml:1: expected a mapping"),
        ("sbom: {}\n", "sbom:\n  spdx: true\n", r"fromager-gen\.yaml:2: unknown key 'spdx'; known keys are crate_lic"),
        ("sbom: {}\n", "sbom:\n  cyclonedx: 1.6\n", r"fromager-gen\.yaml:2: expected true or false, not 1\.6"),
        ("", "sbom: {cyclonedx: true}\n", r"fromager-gen\.yaml:1: cyclonedx has no effect: .* has no `sbom`"),
    ],
)
def test_invalid_additions_are_an_error_and_are_linted(tmp_path: Path, of_all: str, own: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        read(tmp_path, of_all, own)

    assert lint(paths(tmp_path)) == [str(caught.value)]
