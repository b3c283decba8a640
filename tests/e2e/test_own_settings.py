"""The settings of our own, with a real Bazel: sources, actions of `patch`, settings per version and build tags."""

import hashlib
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from support.forges import say_gitlab
from support.places import Place, add
from support.projects import Project
from support.repositories import git
from support.samples import pack
from support.workspaces import commit, generator

pytestmark = pytest.mark.bazel

TOP = """
patch:
  - title: The module has another name for its version
    action: replace-line
    files: [backend.py]
    search: '"version = '
    replace: '"edited = '
  - {title: Fix, action: fix-pkg-info, metadata_version: '2.1', when_version: '<1', ignore_missing: true}
  - {title: The ABI, action: pin-requires-dist-to-constraint, requirements: [dep]}
versions:
  ">=1": {build_tag: "{number}_v1", changelog: {"1.0": [first]}}
"""


def write(place: Place, **texts: str) -> None:
    folder = place.folder / "overrides" / "fromager-gen"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)


def member(place: Place, wheel: str, name: str) -> str:
    with zipfile.ZipFile(place.folder / "wheels-repo" / "downloads" / wheel) as opened:
        return opened.read(name).decode()


def names_in(place: Place, stem: str) -> list[str]:
    """Return the names in an sdist of Fromager's folder `builds`."""
    with tarfile.open(place.folder / "sdists-repo" / "builds" / f"{stem}.tar.gz") as sdist:
        return sdist.getnames()


def forged(place: Place) -> bytes:
    """Put the archive of a tag on a forge, and return it."""
    archive = pack("whatever-v1.5", Project("forged", "1.5").files())
    url = say_gitlab(place.index.server, "group/forged", {"v1.5": "2026-01-01T00:00:00Z", "nightly": ""})
    place.index.server.say("/group/forged/-/archive/v1.5/forged-v1.5.tar.gz", archive)
    write(place, forged=f"source: {{provider: gitlab-tag-download, project_url: '{url}'}}")
    return archive


def with_submodule(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Return a repository whose tag `release` has the module of its wheel in a submodule."""
    inner = commit(folder / "inner", {"text": "of a submodule"})
    link = f"160000,{git(inner, 'rev-parse', 'HEAD')},libs/inner"
    listed = '[submodule "x"]\n path = libs/inner\n url = ../inner\n'
    backend = str(files["backend.py"]).replace('f"version = {VERSION!r}"', 'open("libs/inner/text").read()')
    files = {**files, "backend.py": backend, ".gitmodules": listed}
    more = (["update-index", "--add", "--cacheinfo", link], ["commit", "-qm", "two"], ["tag", "release"])
    return commit(folder / "repository", files, *more)


def test_a_collection_without_plugins(place: Place, tmp_path: Path) -> None:
    add(place.index, "dep", "1.0")
    add(place.index, "dep", "2.0")
    add(place.index, "top", "1.0", install=["dep>=1", "mapped", "forged"], static=False)
    files = Project("mapped", "3.0").files()
    repository = with_submodule(tmp_path, files)
    mapped = f"provider: versionmap-git, clone_url: 'file://{repository}', versionmap: {{'3.0': release}}"
    write(place, top=TOP, mapped=f"source: {{{mapped}, build_sdist: tarball}}")
    archive = forged(place)
    (place.folder / "overrides" / "fromager-gen.yaml").write_text("build_tag: '{number}_{variant}'\n")
    (place.folder / "constraints.txt").write_text("dep==1.0\n")

    place.run("top", before=("-c", place.folder / "constraints.txt"))

    assert sorted(place.graph()) == ["", "dep==1.0", "forged==1.5", "mapped==3.0", "top==1.0"]
    assert "install dep==1.0 dep==1.0" in place.edges("top==1.0")
    assert place.graph()["mapped==3.0"]["download_url"] == f"git+file://{repository}@release"
    wheels = ["dep-1.0-0_cpu", "forged-1.5-0_cpu", "mapped-3.0-0_cpu", "top-1.0-1_v1"]
    assert place.wheels() == [f"{name}-py3-none-any.whl" for name in wheels]
    metadata = member(place, "top-1.0-1_v1-py3-none-any.whl", "top-1.0.dist-info/METADATA")
    assert "Requires-Dist: dep==1.0\n" in metadata and "Requires-Dist: forged\n" in metadata
    assert member(place, "top-1.0-1_v1-py3-none-any.whl", "top.py") == "edited = '1.0'"
    assert member(place, "forged-1.5-0_cpu-py3-none-any.whl", "forged.py") == "version = '1.5'"
    assert member(place, "mapped-3.0-0_cpu-py3-none-any.whl", "mapped.py") == "of a submodule"
    assert names_in(place, "forged-1.5") == ["forged-1.5/PKG-INFO"]  # built by the backend
    assert "mapped-3.0/libs/inner/text" in names_in(place, "mapped-3.0")
    work = place.folder / "work-dir"
    lock = json.loads((work / "workspace" / "fromager.lock.json").read_text())
    assert lock["files"]["sdist_forged_1.5"]["sha256"] == hashlib.sha256(archive).hexdigest()

    # A plan from the graph, without the constraints file, is the same.
    command = ("generate", work / "graph.json", "--output", tmp_path / "made", "--index-url", place.index.url)
    generator(*command, cwd=place.folder, **place.env)
    for name in ("top/1.0", "forged/1.5", "mapped/3.0"):
        build = f"packages/{name}/BUILD.bazel"
        assert (tmp_path / "made" / build).read_text() == (work / "workspace" / build).read_text(), build


def test_an_action_that_matches_nothing_names_package_file_and_pattern(place: Place) -> None:
    add(place.index, "stale", "1.0")
    write(place, stale="patch: [{title: Old, action: delete-line, files: [backend.py], search: ^none$}]")

    result = place.run("stale", check=False)

    assert result.returncode == 8, result.stderr
    assert "stale 1.0: delete-line (Old): no line of backend.py matches '^none$'" in result.stderr
