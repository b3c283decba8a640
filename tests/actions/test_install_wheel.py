"""A wheel becomes a tar of its installed files, if its RECORD and its files agree in both directions."""

import marshal
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest
from support.wheels import INFO, MODULE, add_members, files_of, metadata, record_of, write_wheel

from actions.errors import ActionError
from actions.install_wheel import main

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
    assert f"include/site/python{sys.version_info.major}.{sys.version_info.minor}/demo/h.h" in names
    assert f"{SITE}/demo/__pycache__/__init__.{sys.implementation.cache_tag}.pyc" in names
    assert script.startswith("#!/tmp/fromager-build/env/bin/python\n")
    assert tool.startswith("#!/tmp/fromager-build/env/bin/python\n")
    assert {oct(info.mode) for info in names.values()} == {"0o644", "0o755"}
    assert oct(names["bin/demo"].mode) == "0o755"
    assert all(info.isreg() and info.mtime == 0 and not info.uname for info in names.values())


def test_bytecode_contains_the_path_in_the_build_environment(tmp_path: Path) -> None:
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


def test_site_packages_can_be_written_as_a_folder(tmp_path: Path) -> None:
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
GONE = "gone.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"
TAMPERED = {
    "W02 no RECORD": (files_of(), ""),
    "W02 other bytes": ({**files_of(), MODULE: "evil()\n"}, GOOD),
    "W02 unlisted file": ({**files_of(), "evil.pth": "import os\n"}, GOOD),
    "W02 listed but missing": (files_of(), GONE + GOOD),
    "no hash": (files_of(), GOOD.replace(GOOD.splitlines()[3], f"{MODULE},,")),
    "weak hash": (files_of(), GOOD.replace(GOOD.splitlines()[3], f"{MODULE},md5=AAAAAAAAAAAAAAAAAAAAAA,32")),
    "wrong size": (files_of(), GOOD.replace(GOOD.splitlines()[3], GOOD.splitlines()[3] + "9")),
    "listed twice": (files_of(), GOOD.splitlines()[3] + "\n" + GOOD),
    "not a table": (files_of(), "just words\n"),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_a_record_that_disagrees_with_the_files_is_refused(tmp_path: Path, case: str) -> None:
    files, record = TAMPERED[case]
    write_wheel(tmp_path / "wheel" / NAME, files, record)

    with pytest.raises(ActionError, match=f"{NAME} can't be installed: "):
        install(tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_duplicate_member_is_refused(tmp_path: Path) -> None:
    row = next(line for line in GOOD.splitlines() if line.startswith(MODULE))
    add_members(write_wheel(tmp_path / "wheel" / NAME, record=f"{row}\n{GOOD}"), (MODULE, files_of()[MODULE]))

    with pytest.raises(ActionError, match=f"{NAME} can't be installed: "):
        install(tmp_path)


@pytest.mark.parametrize(
    "case", ["W02 unlisted file", "W02 listed but missing", "no hash", "listed twice", "W02 other bytes", "weak hash"]
)
def test_a_published_wheel_can_have_faults_in_record(tmp_path: Path, case: str) -> None:
    files, record = TAMPERED[case]
    write_wheel(tmp_path / "wheel" / NAME, files, record)
    with tarfile.open(install(tmp_path, "--published")) as tar:
        names = {name for name in tar.getnames() if name.startswith(SITE)}
        rows = tar.extractfile(f"{SITE}/{INFO}/RECORD").read().decode().splitlines()

    assert {f"{SITE}/{name}" for name in files if ".data/" not in name} <= names
    assert not [row for row in rows if row.startswith("gone.py")]
    assert len({row.split(",")[0] for row in rows}) == len(rows)


def test_a_published_wheel_without_record_is_refused(tmp_path: Path) -> None:
    files, record = TAMPERED["W02 no RECORD"]
    write_wheel(tmp_path / "wheel" / NAME, files, record)

    with pytest.raises(ActionError, match=f"{NAME} can't be installed: "):
        install(tmp_path, "--published")
    assert not (tmp_path / "out").exists()


def laid_out_by_pip(folder: Path, requirement: str) -> dict[str, tuple[bytes, bool]]:
    """Install with pip into a virtual environment; return its new files, see `files_in`."""
    venv.create(folder / "env", with_pip=False, symlinks=True)
    before = set(files_in(folder / "env"))
    command = [
        sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "--python", str(folder / "env"),
        "install", "--quiet", "--no-index", "--no-deps", "--no-compile", "--find-links", str(folder / "wheel"),
        requirement,
    ]  # fmt: skip
    subprocess.run(command, check=True)
    return {name: found for name, found in files_in(folder / "env").items() if name not in before}


def files_in(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Return files with their bytes and whether they are executable, without the files of the installer itself."""
    own = ("RECORD", "INSTALLER", "REQUESTED", ".pyc")
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(own)]
    return {
        path.relative_to(folder).as_posix(): (
            b"" if path.parent.name == "bin" else path.read_bytes(),
            bool(path.stat().st_mode & 0o100),
        )
        for path in paths
    }


def test_a_published_wheel_is_laid_out_as_by_pip(tmp_path: Path) -> None:
    """The wheel has headers and a duplicate member, whose first copy is executable."""
    files = {
        name.replace("demo-1.0", "my_demo-1.0"): text for name, text in files_of(metadata=metadata("My.Demo")).items()
    }
    files |= {"my_demo-1.0.data/headers/a/h.h": "h", "my_demo-1.0.data/data/include/x.h": "x"}
    wheel = tmp_path / "wheel" / "my_demo-1.0-py3-none-any.whl"
    write_wheel(wheel, {**files, MODULE: "first\n"}, record="", modes={MODULE: 0o100755})
    record = GONE + record_of(files, "my_demo-1.0.dist-info").replace("demo/run.sh", "demo/other.sh")
    add_members(wheel, (MODULE, files[MODULE]), ("my_demo-1.0.dist-info/RECORD", record))
    with tarfile.open(install(tmp_path, "--published")) as tar:
        tar.extractall(tmp_path / "ours")  # noqa: S202 - made above; a filter needs Python 3.11.4

    ours = {name: found for name, found in files_in(tmp_path / "ours").items() if name != ".index.json"}
    assert ours == laid_out_by_pip(tmp_path, "my-demo")
    assert f"include/site/{SITE.split('/')[1]}/my-demo/a/h.h" in ours


@pytest.mark.parametrize(
    "name",
    ["../evil.py", "/etc/evil", "demo/../../evil", "demo-1.0.data/scripts/../../../../evil", "demo-1.0.data/other/x"],
)
def test_members_outside_the_wheel_are_refused(tmp_path: Path, name: str) -> None:
    """W03: even if RECORD lists them."""
    write_wheel(tmp_path / "wheel" / NAME, {**files_of(), name: "x"})

    with pytest.raises(ActionError, match=f"{NAME} can't be installed: "):
        install(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["wheel"]
    assert not list(tmp_path.parent.glob("evil*"))


@pytest.mark.parametrize("data", [b"", b"not a zip"])
def test_an_error_names_a_damaged_wheel(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "wheel").mkdir()
    (tmp_path / "wheel" / NAME).write_bytes(data)

    with pytest.raises(ActionError, match=f"{NAME} can't be installed: "):
        install(tmp_path)


@pytest.mark.parametrize("names", [[], ["a-1-py3-none-any.whl", "b-1-py3-none-any.whl"]])
def test_a_folder_must_contain_exactly_one_wheel(tmp_path: Path, names: list[str]) -> None:
    (tmp_path / "wheel").mkdir()
    for name in names:
        (tmp_path / "wheel" / name).touch()

    with pytest.raises(ActionError, match=f"contains {len(names)} wheels instead of one"):
        install(tmp_path)


def test_a_module_that_is_also_an_extension_has_no_bytecode(tmp_path: Path) -> None:
    files = {**files_of(), "demo/fast.py": "", "demo/fast.cpython-312-x86_64-linux-gnu.so": "", "demo/faster.py": ""}
    write_wheel(tmp_path / "wheel" / NAME, files)
    with tarfile.open(install(tmp_path)) as tar:
        compiled = {Path(name).name.partition(".")[0] for name in tar.getnames() if name.endswith(".pyc")}

    assert compiled >= {"__init__", "faster"}
    assert "fast" not in compiled
