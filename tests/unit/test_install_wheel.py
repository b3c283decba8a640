"""A wheel becomes a tar of the files it installs, after its RECORD and its files agree in both directions."""

import marshal
import sys
import tarfile
from pathlib import Path

import pytest
from wheels import INFO, MODULE, files_of, record_of, write_wheel

from errors import ActionError
from install_wheel import main

SITE = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
NAME = "demo-1.0-py3-none-any.whl"


def install(folder: Path, *options: str) -> Path:
    out = folder / "out"
    main(["--wheel", str(folder / "wheel"), "--out", str(out), *options])
    return out


def test_files_are_laid_out_as_in_an_environment(tmp_path: Path) -> None:
    files = {**files_of(), "demo-1.0.data/data/share/x": "x", "demo-1.0.data/headers/h.h": "h"}
    write_wheel(tmp_path / "wheel" / NAME, files, modes={"demo/run.sh": 0o100755})
    with tarfile.open(install(tmp_path)) as tar:
        names = {info.name: info for info in tar}
        script = tar.extractfile("bin/demo").read().decode()
        tool = tar.extractfile("bin/tool").read().decode()

    assert {f"{SITE}/{MODULE}", f"{SITE}/{INFO}/METADATA", f"{SITE}/{INFO}/RECORD", "share/x", "bin/demo"} <= set(names)
    assert [name for name in names if name.endswith("h.h") and name.startswith("include/")]
    assert f"{SITE}/demo/__pycache__/__init__.{sys.implementation.cache_tag}.pyc" in names
    assert script.startswith("#!/tmp/fromager-build/env/bin/python\n")
    assert tool.startswith("#!/tmp/fromager-build/env/bin/python\n")
    assert {oct(info.mode) for info in names.values()} == {"0o644", "0o755"}
    assert oct(names["bin/demo"].mode) == "0o755"
    assert all(info.isreg() and info.mtime == 0 and not info.uname for info in names.values())


def test_bytecode_names_the_place_that_files_will_have(tmp_path: Path) -> None:
    write_wheel(tmp_path / "wheel" / NAME)
    with tarfile.open(install(tmp_path)) as tar:
        data = tar.extractfile(f"{SITE}/demo/__pycache__/__init__.{sys.implementation.cache_tag}.pyc").read()

    assert int.from_bytes(data[4:8], "little") == 1
    assert marshal.loads(data[16:]).co_filename == f"/tmp/fromager-build/env/{SITE}/{MODULE}"  # noqa: S302 - made above


def test_equal_wheels_give_equal_bytes(tmp_path: Path) -> None:
    outs = []
    for folder in (tmp_path / "a", tmp_path / "other-place"):
        write_wheel(folder / "wheel" / NAME)
        outs.append(install(folder).read_bytes())

    assert outs[0] == outs[1]


def test_site_packages_may_be_a_folder(tmp_path: Path) -> None:
    write_wheel(tmp_path / "wheel" / NAME)
    (tmp_path / "out").mkdir()
    out = install(tmp_path, "--unpacked")

    assert (out / MODULE).is_file()
    assert (out / INFO / "METADATA").is_file()


def test_a_module_that_python_can_not_compile_is_kept(tmp_path: Path) -> None:
    write_wheel(tmp_path / "wheel" / NAME, {**files_of(), "demo/old.py": "print 'two'\n"})
    with tarfile.open(install(tmp_path)) as tar:
        assert f"{SITE}/demo/old.py" in tar.getnames()


GOOD = record_of(files_of())
TAMPERED = {
    "W02 no RECORD": (files_of(), ""),
    "W02 other bytes": ({**files_of(), MODULE: "evil()\n"}, GOOD),
    "W02 unlisted file": ({**files_of(), "evil.pth": "import os\n"}, GOOD),
    "W02 listed but missing": (files_of(), "gone.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n" + GOOD),
    "no hash": (files_of(), GOOD.replace(GOOD.splitlines()[3], f"{MODULE},,")),
    "weak hash": (files_of(), GOOD.replace(GOOD.splitlines()[3], f"{MODULE},md5=AAAAAAAAAAAAAAAAAAAAAA,32")),
    "wrong size": (files_of(), GOOD.replace(GOOD.splitlines()[3], GOOD.splitlines()[3] + "9")),
    "listed twice": (files_of(), GOOD.splitlines()[3] + "\n" + GOOD),
    "no table": (files_of(), "just words\n"),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_a_record_that_disagrees_with_the_files_is_refused(tmp_path: Path, case: str) -> None:
    files, record = TAMPERED[case]
    write_wheel(tmp_path / "wheel" / NAME, files, record)

    with pytest.raises(ActionError, match=f"{NAME} can't be installed: "):
        install(tmp_path)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name",
    ["../evil.py", "/etc/evil", "demo/../../evil", "demo-1.0.data/scripts/../../../../evil", "demo-1.0.data/other/x"],
)
def test_members_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    """W03: even where RECORD lists them."""
    write_wheel(tmp_path / "wheel" / NAME, {**files_of(), name: "x"})

    with pytest.raises(ActionError, match=f"{NAME} can't be installed: "):
        install(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["wheel"]
    assert not list(tmp_path.parent.glob("evil*"))


@pytest.mark.parametrize("data", [b"", b"no zip"])
def test_a_damaged_wheel_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "wheel").mkdir()
    (tmp_path / "wheel" / NAME).write_bytes(data)

    with pytest.raises(ActionError, match=f"{NAME} can't be installed: "):
        install(tmp_path)


@pytest.mark.parametrize("names", [[], ["a-1-py3-none-any.whl", "b-1-py3-none-any.whl"]])
def test_a_folder_holds_exactly_one_wheel(tmp_path: Path, names: list[str]) -> None:
    (tmp_path / "wheel").mkdir()
    for name in names:
        (tmp_path / "wheel" / name).touch()

    with pytest.raises(ActionError, match=f"holds {len(names)} wheels"):
        install(tmp_path)


def test_a_module_that_is_an_extension_too_has_no_bytecode(tmp_path: Path) -> None:
    files = {**files_of(), "demo/fast.py": "", "demo/fast.cpython-312-x86_64-linux-gnu.so": "", "demo/faster.py": ""}
    write_wheel(tmp_path / "wheel" / NAME, files)
    with tarfile.open(install(tmp_path)) as tar:
        compiled = {Path(name).name.partition(".")[0] for name in tar.getnames() if name.endswith(".pyc")}

    assert compiled >= {"__init__", "faster"}
    assert "fast" not in compiled
