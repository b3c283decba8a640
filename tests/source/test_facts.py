"""Facts of a source: its build requirements, its dependencies, and whether its name and version are the expected."""

import io
import tarfile
import zlib
from pathlib import Path

import pytest
from support.indexes import pkg_info, pyproject, requires
from support.samples import tar_gz, zip_file

from fromager_gen.errors import LockError, ResolutionError
from fromager_gen.source.facts import Facts, facts_of_source, from_json, install_of_metadata

LEGACY = ("setuptools >= 40.8.0",)


class Reader:
    """Writes an sdist of `demo` 1.0 and reads it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(
        self,
        info: str | bytes | None = None,
        project: str | bytes | None = None,
        build_dir: str = ".",
        version: str | None = "1.0",
        **more: str,
    ) -> Facts:
        files = {"PKG-INFO": info, "pyproject.toml": project, **more}
        path = tar_gz(
            self._folder / "demo-1.0.tar.gz",
            {f"demo-1.0/{name}": text for name, text in files.items() if text is not None},
        )
        return facts_of_source(path, "demo", version, build_dir)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def test_a_source_without_metadata_is_built_with_setuptools_and_its_dependencies_are_unknown(reader: Reader) -> None:
    assert reader.read(**{"setup.py": ""}) == Facts(LEGACY, None)


@pytest.mark.parametrize("requires", ["maturin>=1.0,<2", "Setuptools_Rust"])
def test_a_source_with_rust_has_a_long_build(reader: Reader, requires: str) -> None:
    assert reader.read(project=pyproject(requires)).is_long
    assert not reader.read(project=pyproject("setuptools")).is_long


def test_a_source_with_much_to_compile_has_a_long_build(reader: Reader) -> None:
    assert reader.read(**{"src/a.pyx": "#" * (600 << 10), "src/b.cpp": "/" * (600 << 10)}).is_long
    assert not reader.read(**{"src/a.pyx": "#" * (600 << 10), "docs/b.txt": "/" * (600 << 10)}).is_long


def test_static_metadata_is_used(reader: Reader) -> None:
    """https://peps.python.org/pep-0643/."""
    info = pkg_info("Demo", "1.0", "Requires-Python: >=3.9", *requires("b>=2", "c; extra == 'x'"))

    assert reader.read(info=info, project=pyproject("flit_core<4")) == Facts(
        ("flit_core<4",), ("b>=2", "c; extra == 'x'"), ">=3.9", "1.0"
    )


@pytest.mark.parametrize(
    "info",
    [
        pkg_info("demo", "1.0", *requires("b"), form="2.1"),
        pkg_info("demo", "1.0", *requires("b"), "Dynamic: Requires-Dist"),
        pkg_info("demo", "1.0", *requires("b"), "Dynamic: provides-extra"),
        pkg_info("demo", "1.0", *requires("b"), form="new"),
        pkg_info("demo", "1.0"),
        pkg_info("demo", "1.0", form="1.0"),
    ],
    ids=["old", "dynamic", "extras", "odd", "none", "stub"],
)
def test_metadata_that_is_not_static_is_not_used(reader: Reader, info: str) -> None:
    final = "Metadata-Version: 2.2" in info and "Dynamic" not in info

    assert reader.read(info=info).install == (() if final else None)


def test_dependencies_of_the_project_table_are_used(reader: Reader) -> None:
    table = pyproject(
        "hatchling",
        name='"demo"',
        version='"1.0"',
        requires_python='">=3.10"',
        dependencies='["b>=2", "c; python_version > \'3\'"]',
        optional_dependencies='{ My_X = ["d", "e; os_name == \'a\' or os_name == \'b\'", "f @ https://f.test/f.zip"] }',
    )
    facts = reader.read(project=table)

    assert (facts.build_system, facts.requires_python, facts.version) == (("hatchling",), ">=3.10", "1.0")
    assert facts.install is not None
    assert facts.install[:3] == ("b>=2", "c; python_version > '3'", 'd; extra == "my-x"')
    assert facts.install[3] == 'e; (os_name == "a" or os_name == "b") and extra == "my-x"'
    assert facts.install[4].replace(" ", "") == 'f@https://f.test/f.zip;extra=="my-x"'


@pytest.mark.parametrize("field", ["dependencies", "optional-dependencies"])
def test_dynamic_dependencies_of_the_project_table_are_unknown(reader: Reader, field: str) -> None:
    assert reader.read(project=pyproject("x", name='"demo"', dynamic=f'["version", "{field}"]')).install is None


def test_static_metadata_takes_precedence_over_the_project_table(reader: Reader) -> None:
    """A build reads the table as well, but the table may lack fields that the author of the metadata added."""
    info = pkg_info("demo", "1.0", *requires("b"))

    assert reader.read(info=info, project=pyproject("x", name='"demo"', dependencies='["c"]')).install == ("b",)


def test_only_pyproject_toml_in_the_build_dir_is_read(reader: Reader) -> None:
    facts = reader.read(None, pyproject("wrong"), "py", **{"py/pyproject.toml": pyproject("right")})

    assert facts.build_system == ("right",)


def test_a_missing_build_dir_means_setuptools(reader: Reader) -> None:
    assert reader.read(None, pyproject("wrong"), "py").build_system == LEGACY


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({"info": pkg_info("other", "1.0")}, "the name in the source's PKG-INFO is 'other'"),
        ({"project": pyproject("x", name='"other"')}, "the name in the source's pyproject.toml is 'other'"),
        ({"info": pkg_info("x\x1b[31m" * 50, "1.0")}, "the name in the source's PKG-INFO is 'x"),
        ({"info": pkg_info("demo", "2.0")}, "the version in the source's metadata is '2.0'"),
        ({"project": pyproject("x", version='"2.0"')}, "the version in the source's metadata is '2.0'"),
        ({"info": pkg_info("demo", "none")}, "the version in the source's metadata is 'none'"),
    ],
)
def test_a_source_of_another_package_or_version_is_an_error(reader: Reader, files: dict[str, str], where: str) -> None:
    with pytest.raises(ResolutionError, match=rf"demo 1\.0: .*{where}") as raised:
        reader.read(**files)
    assert "\x1b" not in str(raised.value)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("says", ["1", "1.0.0", "v1.0", "1.0+gfx1"])
def test_the_version_may_be_spelled_in_another_way(reader: Reader, says: str) -> None:
    assert reader.read(info=pkg_info("DEMO", says)).version == says


def test_a_source_may_lack_the_local_version(reader: Reader) -> None:
    assert reader.read(info=pkg_info("demo", "1.0"), version="1.0+gfx1").version == "1.0"


def test_a_git_source_states_its_own_version(reader: Reader) -> None:
    assert reader.read(version=None, info=pkg_info("demo", "7.1")).version == "7.1"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (
            {"info": pkg_info("demo", "1.0", *requires("b=1"))},
            r"its metadata has 'b=1', which is not a valid requirement",
        ),
        ({"project": pyproject("b = 1")}, r"build-system\.requires of its pyproject\.toml has 'b = 1'"),
        ({"project": pyproject("x", dependencies='["b <> 1"]')}, r"its metadata has 'b <> 1'"),
        ({"project": pyproject("x", optional_dependencies='{ e = ["b <> 1"] }')}, r"its metadata has 'b <> 1'"),
        ({"project": pyproject("x\x1b[31m" + "y" * 999)}, r"has 'x\\x1b\[31m"),
    ],
)
def test_an_invalid_requirement_is_an_error(reader: Reader, files: dict[str, str], says: str) -> None:
    with pytest.raises(ResolutionError, match=rf"demo 1\.0: .*{says}") as raised:
        reader.read(**files)
    assert "y" * 201 not in str(raised.value).partition("which is not a valid requirement")[0]


@pytest.mark.parametrize(
    "text",
    [
        "build-system = 1",
        "build-system = []",
        "[build-system]\nrequires = 'setuptools'",
        "[build-system]\nrequires = [1]",
        "project = []",
        "[project]\ndynamic = 1",
        "[project]\ndynamic = [[]]",
        "[project]\ndependencies = 1",
        "[project]\noptional-dependencies = []",
        "[project]\noptional-dependencies = { x = 1 }",
        "[project]\nname = ['other']",
        "[project]\ndependencies = 'requests'",
        "[project]\noptional-dependencies = { x = 'ab' }",
    ],
)
def test_a_pyproject_toml_with_wrong_types_is_an_error(reader: Reader, text: str) -> None:
    with pytest.raises(ResolutionError, match=r"demo 1\.0: "):
        reader.read(project=text)


@pytest.mark.parametrize("text", [b"[build-system", b"\xff", b"a = " + b"[" * 5000])
def test_a_pyproject_toml_that_is_not_toml_is_an_error(reader: Reader, text: bytes) -> None:
    with pytest.raises(LockError, match=r"demo-1\.0\.tar\.gz: (\./)?pyproject\.toml can't be read"):
        reader.read(project=text)


def test_damaged_metadata_files_count_as_empty(reader: Reader) -> None:
    for data in (b"", b"\xff\xfe\x00", b"\n\n", b":", b"Name\n", b"Name: demo\n" * 3):
        assert reader.read(info=data).install is None


def test_a_zip_is_read_as_well(tmp_path: Path) -> None:
    path = zip_file(tmp_path / "demo-1.0.zip", {"demo-1.0/PKG-INFO": pkg_info("demo", "1.0", *requires("b"))})

    assert facts_of_source(path, "demo", "1.0").install == ("b",)


def encrypted(folder: Path) -> Path:
    """A zip whose entries are marked as encrypted."""
    path = zip_file(folder / "demo-1.0.zip", {"demo-1.0/PKG-INFO": "x"})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    return path


def unknown_compression(folder: Path) -> Path:
    """A zip with an unknown compression method."""
    path = zip_file(folder / "demo-1.0.zip", {"demo-1.0/PKG-INFO": "x"})
    data = bytearray(path.read_bytes())
    data[8] = data[data.index(b"PK\x01\x02") + 10] = 77
    path.write_bytes(data)
    return path


def flipped(folder: Path) -> Path:
    """A tar.gz that is damaged inside a wanted file: a block of an unknown type follows after its first half."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        info = tarfile.TarInfo("demo-1.0/PKG-INFO")
        info.size = 200_000
        tar.addfile(info, io.BytesIO(b"x" * info.size))
    packer = zlib.compressobj(wbits=31)
    data = packer.compress(plain.getvalue()[:100_000]) + packer.flush(zlib.Z_FULL_FLUSH)
    path = folder / "demo-1.0.tar.gz"
    path.write_bytes(data + b"\x07" * 99)
    return path


def cut(folder: Path) -> Path:
    path = tar_gz(folder / "demo-1.0.tar.gz", {"demo-1.0/PKG-INFO": "x" * 5000})
    path.write_bytes(path.read_bytes()[:60])
    return path


def nothing(folder: Path) -> Path:
    path = folder / "demo-1.0.tar.gz"
    path.write_bytes(b"<html>not here</html>")
    return path


@pytest.mark.parametrize(
    "made",
    [
        encrypted,
        unknown_compression,
        flipped,
        cut,
        nothing,
    ],
)
def test_a_damaged_archive_is_an_error(tmp_path: Path, made: object) -> None:
    assert callable(made)
    with pytest.raises(LockError, match=r"demo-1\.0\.(zip|tar\.gz) is damaged or not an archive"):
        facts_of_source(made(tmp_path), "demo", "1.0")


@pytest.mark.parametrize(
    "facts",
    [
        Facts((), None),
        Facts(("a", "b>1"), ("c",), ">=3.9", "1.0"),
        Facts(("é",), (), is_long=True, build_requires=("b",), likely_install=("i",), likely_build_requires=("j",)),
    ],
)
def test_facts_can_be_stored_as_json(facts: Facts) -> None:
    assert from_json(facts.to_json()) == facts


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", "1", "null", '"x"', '{"install": 1, "build_system": []}'])
def test_a_text_that_is_not_facts_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"not valid facts|Expecting"):
        from_json(text)


def test_the_dependencies_of_a_wheel_are_read() -> None:
    text = pkg_info("Demo", "1.0.0", *requires("b", "c; extra == 'x'"), form="2.1")

    assert install_of_metadata(text.encode(), "demo", "1.0") == ("b", "c; extra == 'x'")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (pkg_info("other", "1.0"), "its metadata is that of other 1.0"),
        (pkg_info("demo", "2.0"), "its metadata is that of demo 2.0"),
        (pkg_info("demo", "1.0", *requires("b=1")), "its metadata has 'b=1', which is not a valid requirement"),
        (pkg_info("demo", "none"), "its metadata can't be read"),
        (pkg_info("", "1.0"), "its metadata can't be read"),
        ("", "its metadata can't be read"),
        ("\x00\xff", "its metadata can't be read"),
        ("Name: demo\nName: demo\nVersion: 1.0\n", "its metadata can't be read"),
    ],
)
def test_metadata_of_another_package_or_version_is_an_error(text: str, says: str) -> None:
    with pytest.raises(ResolutionError, match=rf"demo 1\.0: {says}"):
        install_of_metadata(text.encode("latin-1"), "demo", "1.0")
