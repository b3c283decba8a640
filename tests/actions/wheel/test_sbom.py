"""SBOMs of wheels: what they state, and that SPDX's own validator accepts them."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from actions.contract import VERSION
from actions.crates.licenses import expression
from actions.wheel import sbom
from actions.wheel.planned import Crate, Planned, Sbom
from actions.wheel.wheel_file import normalise

SPDX, CYCLONEDX = "sboms/fromager.spdx.json", "sboms/fromager.cdx.json"
COMMIT = "c" * 40
CRATES = (
    Crate("itoa", "1.0.0", "registry+http://crates.test/index", "ab" * 32, "MIT OR Apache-2.0", (("LICENSE", b"MIT"),)),
    Crate("a_b", "1.0.0+x", f"git+http://forge.test/o/r?branch=main#{COMMIT}", "", "", ()),
    Crate("a-b", "1.0.0-x", "registry+http://crates.test/index", "cd" * 32, "", ()),
)
PLAIN = Sbom(
    package="demo",
    version="1.0",
    created="315532800",
    purl="pkg:pypi/demo@1.0",
    upstream="pkg:pypi/demo@1.0",
    supplier="NOASSERTION",
    namespace="https://spdx.org/spdxdocs",
)
FULL = PLAIN._replace(
    purl="pkg:generic/org/De%20mo@1%212?repository_url=https://example.com/a%3Fb",
    upstream="pkg:github/org/demo#sub/x",
    supplier="Organization: Example",
    creators=("Organization: Example", "Person: Ann (ann@example.com)", "Tool: other-1"),
    additions=("crate_licenses", "cyclonedx"),
    tools=(("setuptools", "80.9.0"), ("odd", "1!2.0+x")),
    crates=CRATES,
)
LIBRARIES = {"demo.libs/libgfortran-040039e1.so.5.0.0": b"one", "demo.libs/README": b"", "demo/x.libs/liba.so": b""}


def files(folder: Path, stated: Sbom) -> dict[str, bytes]:
    path = folder / "wheel.zip"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, data in LIBRARIES.items():
            wheel.writestr(name, data)
    with zipfile.ZipFile(path) as wheel:
        return sbom.files(wheel, stated)


def document(folder: Path, stated: Sbom, name: str = SPDX) -> dict[str, Any]:
    return json.loads(files(folder, stated)[name])


def packages(made: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {package["SPDXID"].removeprefix("SPDXRef-"): package for package in made["packages"]}


def purl(package: dict[str, Any]) -> str:
    (reference,) = package["externalRefs"]
    assert (reference["referenceCategory"], reference["referenceType"]) == ("PACKAGE-MANAGER", "purl")
    return str(reference["referenceLocator"])


def related(made: dict[str, Any]) -> list[tuple[str, ...]]:
    return [tuple(text.removeprefix("SPDXRef-") for text in row.values()) for row in made["relationships"]]


def test_it_states_what_fromager_states(tmp_path: Path) -> None:
    """Apart from `filesAnalyzed`: its default is true, for which some validators expect a verification code."""
    made = document(tmp_path, PLAIN)
    of_demo = {
        "name": "demo",
        "versionInfo": "1.0",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "supplier": "NOASSERTION",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": "pkg:pypi/demo@1.0",
            }
        ],
    }

    del made["packages"][2:], made["relationships"][2:]
    assert made == {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "demo-1.0",
        "documentNamespace": "https://spdx.org/spdxdocs/demo-1.0.spdx.json",
        "creationInfo": {"created": "1980-01-01T00:00:00Z", "creators": [f"Tool: fromager-gen-{VERSION}"]},
        "packages": [{"SPDXID": "SPDXRef-wheel", **of_demo}, {"SPDXID": "SPDXRef-upstream", **of_demo}],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": "SPDXRef-wheel",
            },
            {
                "spdxElementId": "SPDXRef-wheel",
                "relationshipType": "GENERATED_FROM",
                "relatedSpdxElement": "SPDXRef-upstream",
            },
        ],
    }


def test_names_and_versions_are_those_of_the_package_urls(tmp_path: Path) -> None:
    made = document(tmp_path, FULL)
    found = packages(made)

    assert (found["wheel"]["name"], found["wheel"]["versionInfo"]) == ("De mo", "1!2")
    assert found["wheel"]["supplier"] == "Organization: Example"
    assert (found["upstream"]["name"], found["upstream"]["versionInfo"]) == ("demo", "1.0")
    assert found["upstream"]["supplier"] == "NOASSERTION"
    assert made["creationInfo"]["creators"] == [*FULL.creators, f"Tool: fromager-gen-{VERSION}"]


def test_build_tools_crates_and_libraries_are_listed(tmp_path: Path) -> None:
    made = document(tmp_path, FULL)
    found = packages(made)
    library = "library-demo.libs-libgfortran-040039e1.so.5.0.0"

    assert related(made)[2:] == [
        ("tool-odd-1-2.0-x", "BUILD_TOOL_OF", "wheel"),
        ("tool-setuptools-80.9.0", "BUILD_TOOL_OF", "wheel"),
        ("crate-a-b-1.0.0-x", "BUILD_DEPENDENCY_OF", "wheel"),
        ("crate-a-b-1.0.0-x-1", "BUILD_DEPENDENCY_OF", "wheel"),
        ("crate-itoa-1.0.0", "BUILD_DEPENDENCY_OF", "wheel"),
        ("wheel", "CONTAINS", library),
    ]
    assert purl(found["tool-odd-1-2.0-x"]) == "pkg:pypi/odd@1%212.0%2Bx"
    itoa = found["crate-itoa-1.0.0"]
    assert (purl(itoa), itoa["licenseDeclared"]) == ("pkg:cargo/itoa@1.0.0", "MIT OR Apache-2.0")
    assert itoa["checksums"] == [{"algorithm": "SHA256", "checksumValue": "ab" * 32}]
    commit = found["crate-a-b-1.0.0-x-1"]
    assert commit["downloadLocation"] == f"git+http://forge.test/o/r@{COMMIT}"
    assert purl(commit) == f"pkg:cargo/a_b@1.0.0%2Bx?vcs_url=git%2Bhttp://forge.test/o/r%40{COMMIT}"
    assert not {"checksums", "licenseDeclared"} & commit.keys()
    assert found[library] | {"checksums": []} == {
        "SPDXID": f"SPDXRef-{library}",
        "name": "libgfortran.so.5.0.0",
        "packageFileName": "demo.libs/libgfortran-040039e1.so.5.0.0",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "supplier": "NOASSERTION",
        "checksums": [],
    }


def with_crate(source: str = CRATES[0].source, license: str = "") -> Sbom:
    return PLAIN._replace(crates=(Crate("a", "1.0.0", source, "", expression(license), ()),))


ODD = {
    "no license of SPDX": with_crate(license="non-standard"),
    "no exception of SPDX": with_crate(license="MIT WITH MIT"),
    "commit": with_crate(f"git+http://forge.test/o/my repo\u00e9%20x#{COMMIT}"),
}


def test_the_address_of_a_commit_is_quoted(tmp_path: Path) -> None:
    found = packages(document(tmp_path, ODD["commit"]))["crate-a-1.0.0"]

    assert found["downloadLocation"] == f"git+http://forge.test/o/my%20repo%C3%A9%20x@{COMMIT}"
    assert purl(found).endswith(f"?vcs_url=git%2Bhttp://forge.test/o/my%2520repo%25C3%25A9%2520x%40{COMMIT}")


@pytest.mark.parametrize("stated", [PLAIN, FULL, *ODD.values()], ids=["plain", "full", *ODD])
def test_spdxs_own_validator_accepts_it(tmp_path: Path, stated: Sbom) -> None:
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    path = tmp_path / "fromager.spdx.json"
    path.write_bytes(files(tmp_path, stated)[SPDX])

    assert validate_full_spdx_document(parse_file(str(path)), "SPDX-2.3") == []


def test_additions_are_made_only_where_they_are_asked_for(tmp_path: Path) -> None:
    assert list(files(tmp_path, FULL._replace(additions=()))) == [SPDX]
    assert list(files(tmp_path, FULL._replace(additions=("cyclonedx",)))) == [SPDX, CYCLONEDX]
    licenses = files(tmp_path, FULL._replace(additions=("crate_licenses",)))
    assert licenses.pop("licenses/crates/itoa-1.0.0/LICENSE") == b"MIT"
    assert list(licenses) == [SPDX]


def test_cyclonedx_states_the_same(tmp_path: Path) -> None:
    """Its validator needs twenty further packages; it accepts this document."""
    made = document(tmp_path, FULL, CYCLONEDX)
    spdx = document(tmp_path, FULL)
    wheel = made["metadata"]["component"]
    (upstream,) = wheel["pedigree"]["ancestors"]
    components = {part["bom-ref"]: part for part in (wheel, upstream, *made["components"])}

    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert made["metadata"]["timestamp"] == spdx["creationInfo"]["created"]
    assert made["metadata"]["authors"] == [{"name": "Example"}, {"name": "Ann (ann@example.com)"}]
    assert [tool["name"] for tool in made["metadata"]["tools"]["components"]] == ["other-1", "fromager-gen"]
    assert wheel["supplier"] == {"name": "Example"}
    assert components.keys() == packages(spdx).keys()
    for name, package in packages(spdx).items():
        part = components[name]
        assert (part["name"], part.get("version")) == (package["name"], package.get("versionInfo"))
        assert part.get("purl") == (purl(package) if "externalRefs" in package else None)
        sums = [row["checksumValue"] for row in package.get("checksums", [])]
        assert [row["content"] for row in part.get("hashes", [])] == sums
        assert [row["expression"] for row in part.get("licenses", [])] == [
            *filter(None, [package.get("licenseDeclared")])
        ]
    excluded = {name for name, part in components.items() if part.get("scope") == "excluded"}
    assert excluded == {name for name in components if name.startswith("tool-")}
    (row,) = made["dependencies"]
    assert {row["ref"], *row["dependsOn"]} == components.keys() - excluded - {"upstream"}


def test_equal_inputs_give_equal_bytes_and_others_another_serial_number(tmp_path: Path) -> None:
    turned = FULL._replace(tools=FULL.tools[::-1], crates=FULL.crates[::-1])

    assert files(tmp_path, turned) == files(tmp_path, FULL)
    numbers = {
        document(tmp_path, one, CYCLONEDX)["serialNumber"] for one in (FULL, turned, FULL._replace(version="1.1"))
    }
    assert len(numbers) == 2


def test_a_wheel_contains_its_sboms_beside_those_of_its_backend(tmp_path: Path) -> None:
    built = tmp_path / "demo-1.0-py3-none-any.whl"
    info = "demo-1.0.dist-info"
    with zipfile.ZipFile(built, "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\n")
        wheel.writestr(f"{info}/sboms/maturin.cyclonedx.json", "{}")
    (tmp_path / "out").mkdir()

    with zipfile.ZipFile(normalise(built, tmp_path / "out", Planned("demo", "1.0", sbom=FULL))) as wheel:
        names = {name.removeprefix(f"{info}/") for name in wheel.namelist()}
        record = wheel.read(f"{info}/RECORD").decode()
        assert json.loads(wheel.read(f"{info}/{SPDX}"))["name"] == "demo-1.0"
    assert {SPDX, CYCLONEDX, "sboms/maturin.cyclonedx.json", "licenses/crates/itoa-1.0.0/LICENSE"} <= names
    assert f"{info}/{SPDX},sha256=" in record
