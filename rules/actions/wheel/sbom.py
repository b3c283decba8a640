"""The SBOMs of a wheel: what it was made from and what it contains, in the format of SPDX and in that of CycloneDX.

See https://peps.python.org/pep-0770/.
"""

import hashlib
import json
import re
import time
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from actions.contract import MODULE, VERSION
from actions.wheel.planned import Crate, Sbom

# Name and version of what writes the SBOMs.
TOOL = (MODULE.replace("_", "-"), VERSION)
# Folders of libraries that auditwheel, and backends that work as it does, copy into wheels.
_GRAFTED = re.compile(r"[^/]+\.libs/(?P<name>[^/]+\.so(\.[^/]+)?)")
# What auditwheel adds to the name of a library.
_DIGEST = re.compile(r"-[0-9a-f]{8}(?=\.)")
# https://www.rfc-editor.org/rfc/rfc3986#section-2
_OF_ADDRESSES = "%:/?[]@!$&'()*+,;="
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9.-]")


class Part(NamedTuple):
    """One thing that an SBOM names."""

    id: str
    """Unique in the SBOM, of letters, digits, dots and dashes."""
    name: str
    version: str = ""
    purl: str = ""
    sha256: str = ""
    license: str = ""
    place: str = ""
    """Path of a file in the wheel, or the address of a commit."""


class Parts(NamedTuple):
    """All that the SBOMs of a wheel name."""

    wheel: Part
    upstream: Part
    tools: tuple[Part, ...]
    crates: tuple[Part, ...]
    libraries: tuple[Part, ...]


def files(wheel: zipfile.ZipFile, sbom: Sbom) -> dict[str, bytes]:
    """Return the SBOMs of a wheel, and further files that are asked for, by their names in `.dist-info`."""
    from actions.wheel import cyclonedx, spdx

    parts = parts_of(wheel, sbom)
    documents: dict[str, Any] = {"fromager.spdx.json": spdx.document(sbom, parts)}
    if "cyclonedx" in sbom.additions:
        documents["fromager.cdx.json"] = cyclonedx.document(sbom, parts)
    found = {f"sboms/{name}": f"{json.dumps(text, indent=2)}\n".encode() for name, text in documents.items()}
    if "crate_licenses" in sbom.additions:
        for crate in sbom.crates:
            folder = f"licenses/crates/{crate.name}-{crate.version}"
            found |= {f"{folder}/{name}": data for name, data in crate.texts}
    return found


def parts_of(wheel: zipfile.ZipFile, sbom: Sbom) -> Parts:
    """Return all that the SBOMs of a wheel name, sorted."""
    return Parts(
        _named("wheel", sbom.purl, sbom.version),
        _named("upstream", sbom.upstream, sbom.version),
        tuple(_unique(_tool(*tool) for tool in sorted(sbom.tools))),
        tuple(_unique(map(_crate, sorted(sbom.crates)))),
        tuple(_unique(_libraries(wheel))),
    )


def timestamp(sbom: Sbom) -> str:
    """Return the time of an SBOM: a constant, since equal inputs give equal bytes."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(sbom.created)))


def _named(id: str, purl: str, version: str) -> Part:
    """Return the part that a package URL names; the version is for one that states none."""
    path = re.split("[?#]", purl, maxsplit=1)[0].rpartition("/")[2]
    name, _, stated = path.partition("@")
    return Part(id, unquote(name), unquote(stated) or version, purl)


def _tool(name: str, version: str) -> Part:
    return Part(f"tool-{_id(name, version)}", name, version, f"pkg:pypi/{name}@{_quoted(version)}")


def _unique(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield parts, with a number after an id that one before them has: names may differ only in other characters."""
    seen = set()
    for part in parts:
        id, number = part.id, 0
        while id in seen:
            number += 1
            id = f"{part.id}-{number}"
        seen.add(id)
        yield part._replace(id=id)


def _crate(crate: Crate) -> Part:
    purl = f"pkg:cargo/{crate.name}@{_quoted(crate.version)}"
    place = ""
    if crate.source.startswith("git+"):
        address, _, commit = crate.source.partition("#")
        # An address has no spaces and no characters outside of ASCII; what is quoted already stays.
        place = f"{quote(address.partition('?')[0], _OF_ADDRESSES)}@{commit}"
        purl += f"?vcs_url={_quoted(place)}"
    return Part(
        f"crate-{_id(crate.name, crate.version)}", crate.name, crate.version, purl, crate.sha256, crate.license, place
    )


def _libraries(wheel: zipfile.ZipFile) -> Iterator[Part]:
    for path in sorted(set(wheel.namelist())):
        found = _GRAFTED.fullmatch(path)
        if found:
            sha256 = hashlib.sha256(wheel.read(path)).hexdigest()
            yield Part(f"library-{_id(path)}", _DIGEST.sub("", found["name"], 1), sha256=sha256, place=path)


def _id(*words: str) -> str:
    return _NOT_IN_IDS.sub("-", "-".join(words))


def _quoted(text: str) -> str:
    return quote(text).replace("%3A", ":")
