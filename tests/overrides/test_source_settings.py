"""The key `source`: its providers and their keys."""

import textwrap
from pathlib import Path

import pytest
from packaging.version import Version

from fromager_gen.errors import SettingsError
from fromager_gen.overrides import OverridePaths, PackageSettings, read_overrides


def read(folder: Path, source: str, variant: str = "cpu", theirs: str = "", more: str = "") -> PackageSettings:
    for name, text in (("fromager-gen", f"source:\n{textwrap.indent(source, '  ')}\n{more}"), ("settings", theirs)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "demo.yaml").write_text(text)
    paths = OverridePaths(folder / "settings.yaml", folder / "settings", folder / "patches", variant)
    return read_overrides(paths, set()).settings("demo")


def test_an_index_can_be_chosen(tmp_path: Path) -> None:
    found = read(tmp_path, "provider: pypi-sdist\nindex_url: https://index.test/simple\nmin_release_age: 3")

    assert (found.sdist_server_url, found.min_release_age, found.pre_built) == ("https://index.test/simple", 3, False)
    assert (found.includes(False), found.includes(True)) == (True, False)


def test_a_prebuilt_wheel_can_be_chosen(tmp_path: Path) -> None:
    found = read(tmp_path, "provider: pypi-prebuilt\nindex_url: https://index.test/simple")

    assert (found.pre_built, found.wheel_server_url, found.sdist_server_url) == (
        True,
        "https://index.test/simple",
        None,
    )


def test_a_download_has_an_address_with_the_version(tmp_path: Path) -> None:
    url = "https://x.test/{version.major}.{version.minor}/demo-{version}.tar.gz"
    found = read(tmp_path, f"provider: pypi-download\ndownload_url: {url}\ndownload_kind: tarball")

    assert found.source_url("demo", "1.2.3") == "https://x.test/1.2/demo-1.2.3.tar.gz"
    assert (found.includes(False), found.includes(True), found.ignore_platform) == (True, True, True)
    assert found.source is not None and found.source.is_tarball and found.source.records_hash


def test_a_commit_can_belong_to_a_version(tmp_path: Path) -> None:
    found = read(tmp_path, "provider: pypi-git\nclone_url: file:///srv/demo.git\ntag: '{version}'")
    assert found.source_url("demo", "1.2") == "git+file:///srv/demo.git@1.2"

    found = read(tmp_path, "provider: pypi-git\nclone_url: https://x.test/demo.git\ntag: refs/tags/v{version}")
    assert found.source_url("demo", "1.2") == "git+https://x.test/demo.git@v1.2"

    refs = "{1.0: abad1dea, 1.10: refs/tags/1.10, '2': '0123456'}"
    found = read(tmp_path, f"provider: versionmap-git\nclone_url: ssh://git@x.test/demo.git\nversionmap: {refs}")
    assert found.source is not None
    assert found.source.versionmap == {
        Version("1.0"): "abad1dea",
        Version("1.10"): "1.10",
        Version("2"): "0123456",
    }
    assert found.source_url("demo", "1") == "git+ssh://git@x.test/demo.git@abad1dea"


def test_a_variant_can_have_another_source(tmp_path: Path) -> None:
    more = "variants: {cuda: {source: {provider: not-available}}}"

    assert read(tmp_path, "provider: pypi-prebuilt", more=more).pre_built
    source = read(tmp_path, "provider: pypi-prebuilt", "cuda", more=more).source
    assert source is not None and not source.is_available


@pytest.mark.parametrize(
    ("theirs", "says"),
    [
        ("resolver_dist: {include_wheels: true}", "`resolver_dist` and the `source` at "),
        ("download_source: {url: 'https://x.test'}", "`download_source` and the `source` at "),
        ("variants: {cpu: {pre_built: true}}", "`pre_built` and the `source` at "),
        ("variants: {cpu: {wheel_server_url: 'https://x.test'}}", "`wheel_server_url` and the `source` at "),
    ],
)
def test_the_older_keys_and_a_source_exclude_each_other(tmp_path: Path, theirs: str, says: str) -> None:
    with pytest.raises(SettingsError, match=rf"settings/demo\.yaml:1: {says}.*fromager-gen/demo\.yaml:"):
        read(tmp_path, "provider: pypi-sdist", theirs=theirs)
    read(tmp_path, "provider: pypi-sdist", theirs="variants: {cuda: {pre_built: true}}")


GIT = "provider: pypi-git\nclone_url: https://x.test/d.git\ntag: "
MAP = "provider: versionmap-git\nclone_url: https://x.test/d.git\nversionmap: "
DOWNLOAD = "provider: pypi-download\ndownload_kind: "
FORGE = "provider: gitlab-tag-git\nproject_url: "


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("index_url: https://x.test", "`source` needs the key `provider`: pypi-sdist, pypi-prebuilt"),
        ("provider: pypi", "unknown provider 'pypi'; known providers are pypi-sdist"),
        ("provider: pypi-sdist\nclone_url: x", ":3: unknown key 'clone_url'; known keys are index_url"),
        ("provider: pypi-git\ntag: x", "the provider pypi-git needs the key `clone_url`"),
        ("provider: pypi-sdist\nindex_url: ftp://x.test", "'ftp://x.test' is not an address with http or https"),
        ("provider: pypi-sdist\nindex_url: https://u:p@x.test", "the address has credentials"),
        (f"{DOWNLOAD}sdist\ndownload_url: https://x.test/a.tar.gz", "has no place for the version"),
        (f"{DOWNLOAD}zip\ndownload_url: 'https://x.test/{{version}}'", "'zip' is not one of sdist, tarball"),
        (f"{GIT}v1", "'v1' has no place for the version"),
        (f"{GIT}'--upload-pack={{version}}'", "is not the name of a git tag"),
        (f"{GIT}'{{version.__class__}}'", "has no place for the version"),
        (f"{GIT}'v{{version}}'\nbuild_sdist: zip", "'zip' is not one of pep517, tarball"),
        (f"{MAP}{{}}", "`versionmap` is empty"),
        (f"{MAP}{{x: y}}", "'x' is not a valid version"),
        (f"{MAP}{{1: 0123456}}", ":4: YAML reads the commit, tag or branch of 1 as 42798: quote it"),
        (f"{MAP}{{1: 1.10}}", "YAML reads the commit, tag or branch of 1 as 1.1: quote it"),
        (f"{MAP}{{1: 2024-10-01}}", "quote it"),
        (f"{MAP}{{1: -y}}", "'-y' is not the name of a git commit"),
        (f"{MAP}{{1: a b}}", "'a b' is not the name of a git commit"),
        (f"{MAP}{{1: a, '1.0': b}}", "the version 1.0 appears twice"),
        (f"{FORGE}http://x.test/a/b", "is not an https address"),
        (f"{FORGE}https://x.test/a", "is not the address of a project"),
        (f"{FORGE}https://x.test/a/b.git", "is not the address of a project"),
        (f"{FORGE}https://x.test/a/b\nmatcher_factory: os.system", "is not the name of a function"),
        (f"{FORGE}https://x.test/a/b\ntag_pattern: 'v.*'", "has 0 groups; it needs exactly one"),
        (f"{FORGE}https://x.test/a/b\ntag_pattern: 'v(.*)'\nmatcher_factory: a:b", "exclude each other"),
        ("provider: github-tag-git\nproject_url: https://github.com/a/b/c", "is not the address of a project"),
        ("provider: not-available\nmin_release_age: 1", "unknown key 'min_release_age'"),
    ],
)  # fmt: skip
def test_a_faulty_source_is_an_error_with_its_line(tmp_path: Path, source: str, says: str) -> None:
    with pytest.raises(SettingsError, match=r"fromager-gen/demo\.yaml:\d: ") as raised:
        read(tmp_path, source)
    assert says in str(raised.value)
