"""Wheels with SBOMs and Requires-External, from settings to the bytes."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.indexes import Index
from support.workspaces import Generate, GraphBuilder, Workspace, in_tree_sdist

pytestmark = [pytest.mark.bazel, pytest.mark.index]

OF_ALL = """\
sbom:
  supplier: "Organization: Example"
  repository_url: https://example.com/simple
  creators: ["Person: J\u00f6rg -x=%s"]
"""
OF_DEMO = """\
project_override: {requires_external: [openssl (>= 3)]}
purl: {upstream: "pkg:github/org/demo@v1"}
"""
WITH_A_LIBRARY = """
    file = write(wheel_directory)
    with zipfile.ZipFile(os.path.join(wheel_directory, file), "a") as wheel:
        wheel.writestr("demo.libs/libx-01234567.so.1", "x")
    return file
"""


@pytest.fixture(scope="module")
def graph(index: Index) -> GraphBuilder:
    built = GraphBuilder()
    built.add("setuptools", "1.0", index.add_sdist("setuptools", "1.0", in_tree_sdist("setuptools", "1.0")))
    demo = index.add_sdist("demo", "1.0", in_tree_sdist("demo", "1.0", WITH_A_LIBRARY))
    return built.add("demo", "1.0", demo, build=("setuptools==1.0",))


def built(graph: GraphBuilder, index: Index, generate: Generate, folder: Path, files: Mapping[str, str]) -> Workspace:
    (folder / "overrides" / "settings").mkdir(parents=True)
    for name, text in files.items():
        (folder / "overrides" / name).write_text(text)
    made = generate(graph, "--index-url", index.url, folder=folder)
    made.build("//:wheelhouse")
    return made


def member(made: Workspace, name: str) -> bytes:
    with zipfile.ZipFile(made.wheel("demo", "1.0")) as wheel:
        return wheel.read(f"demo-1.0.dist-info/{name}")


def related(document: dict[str, Any]) -> list[str]:
    return [" ".join(row.values()).replace("SPDXRef-", "") for row in document["relationships"]]


def test_a_wheel_states_what_its_settings_and_its_build_say(
    graph: GraphBuilder, index: Index, generate: Generate, tmp_path: Path
) -> None:
    own = "sbom: {cyclonedx: true}\n"
    files = {"settings.yaml": OF_ALL, "fromager-gen.yaml": own, "settings/demo.yaml": OF_DEMO}
    made = built(graph, index, generate, tmp_path, files)
    spdx, cyclonedx = (json.loads(member(made, f"sboms/fromager.{name}.json")) for name in ("spdx", "cdx"))
    packages = {package["name"]: package for package in spdx["packages"][2:]}

    assert b"\nRequires-External: openssl (>= 3)\n" in member(made, "METADATA")
    assert [package["externalRefs"][0]["referenceLocator"] for package in spdx["packages"][:2]] == [
        "pkg:pypi/demo@1.0?repository_url=https://example.com/simple",
        "pkg:github/org/demo@v1",
    ]
    assert spdx["packages"][0]["supplier"] == "Organization: Example"
    assert spdx["creationInfo"]["creators"][0] == "Person: J\u00f6rg -x=%s"
    assert related(spdx)[2:] == [
        "tool-setuptools-1.0 BUILD_TOOL_OF wheel",
        "wheel CONTAINS library-demo.libs-libx-01234567.so.1",
    ]
    assert packages["libx.so.1"]["checksums"][0]["checksumValue"] == hashlib.sha256(b"x").hexdigest()
    assert {part["name"] for part in cyclonedx["components"]} == packages.keys()


def test_without_the_settings_a_wheel_is_as_before(
    graph: GraphBuilder, index: Index, generate: Generate, tmp_path: Path
) -> None:
    made = built(graph, index, generate, tmp_path, {})

    assert b"Requires-External" not in member(made, "METADATA")
    with zipfile.ZipFile(made.wheel("demo", "1.0")) as wheel:
        assert not [name for name in wheel.namelist() if "sboms" in name]
