"""The gates of a wheel, and the tag of its platform, on wheels with libraries that gcc makes."""

import zipfile
from pathlib import Path

import pytest
from support.elf import NEEDS_CC, POLICIES, TAG, compiled
from support.wheels import INFO, files_of, write_wheel

from actions.check_wheel import main as check_wheel
from actions.errors import ActionError
from actions.repair_wheel import main as repair_wheel
from actions.wheel.wheel_file import only_wheel

pytestmark = NEEDS_CC


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    """Return a zip with a policy; the libraries themselves are those of the tests' environment."""
    path = tmp_path / "libraries.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("auditwheel/policy/manylinux-policy.json", POLICIES)
    return path


def wheel(folder: Path, tag: str, files: dict[str, bytes]) -> Path:
    """Write a wheel; return its folder."""
    good = files_of()
    metadata = {name: good[name] for name in (f"{INFO}/METADATA", f"{INFO}/WHEEL")}
    write_wheel(folder / "wheel" / f"demo-1.0-{tag}.whl", {**files, **metadata})
    return folder / "wheel"


def test_a_wheel_gets_the_tag_of_its_platform(tmp_path: Path, libraries: Path) -> None:
    built = wheel(tmp_path, "cp311-cp311-linux_x86_64", {"x.so": compiled(tmp_path, "int x;\n", "-nostdlib")})
    arguments = ["--wheel", str(built), "--tag", TAG, "--cpu", "x86_64", "--libraries", str(libraries)]
    (tmp_path / "out").mkdir()
    repair_wheel([*arguments, "--out", str(tmp_path / "out")])
    made = only_wheel(tmp_path / "out")

    assert made.name == f"demo-1.0-cp311-cp311-{TAG}.whl"
    with zipfile.ZipFile(made) as opened:
        assert f"Tag: cp311-cp311-{TAG}\n" in opened.read("demo-1.0.dist-info/WHEEL").decode()
        assert opened.read("demo-1.0.dist-info/WHEEL").decode().count("Tag:") == 1


def test_a_pure_wheel_keeps_its_tag_and_bytes(tmp_path: Path, libraries: Path) -> None:
    built = wheel(tmp_path, "py3-none-any", {"x.py": b""})
    arguments = ["--wheel", str(built), "--tag", TAG, "--cpu", "x86_64", "--libraries", str(libraries)]
    (tmp_path / "out").mkdir()
    repair_wheel([*arguments, "--out", str(tmp_path / "out")])

    assert only_wheel(tmp_path / "out").read_bytes() == only_wheel(built).read_bytes()


def test_a_wheel_that_does_not_run_on_its_platform_gets_no_tag(tmp_path: Path, libraries: Path) -> None:
    library = compiled(tmp_path, "int x;\n", "-Wl,--no-as-needed", "-lm")
    built = wheel(tmp_path, "cp311-cp311-linux_x86_64", {"x.so": library})
    arguments = ["--wheel", str(built), "--tag", TAG, "--cpu", "x86_64", "--libraries", str(libraries)]
    (tmp_path / "out").mkdir()

    with pytest.raises(ActionError, match=rf"does not run on every {TAG} machine:\n  x\.so needs libm\.so\.6, which"):
        repair_wheel([*arguments, "--out", str(tmp_path / "out")])
    assert not list(tmp_path.glob("out/*"))


def checked(folder: Path, libraries: Path, tag: str, files: dict[str, bytes], *more: str) -> str:
    """Return the problems of a wheel; empty if all gates pass."""
    arguments = ["--wheel", str(wheel(folder, tag, files)), "--libraries", str(libraries)]
    try:
        check_wheel([*arguments, *more])
    except ActionError as err:
        return str(err)
    return ""


def test_a_search_path_and_a_path_of_the_build_are_found(tmp_path: Path, libraries: Path) -> None:
    source = 'const char *built = "/tmp/fromager-build/src/x.c";\n'
    library = compiled(tmp_path, source, "-Wl,-rpath,/opt/lib:$ORIGIN")
    said = checked(tmp_path, libraries, "cp311-cp311-linux_x86_64", {"x.so": library})

    assert "paths: x.so searches libraries in /opt/lib; only $ORIGIN is allowed" in said
    assert "paths: x.so contains the path /tmp/fromager-build of its build" in said
    assert said.count("paths:") == 2


def test_symbols_beyond_the_stable_abi_are_found(tmp_path: Path, libraries: Path) -> None:
    source = "extern int PyLong_AsLong(), PyBuffer_Release(), _PyLong_New();\n"
    source += "int f(void) { return PyLong_AsLong() + PyBuffer_Release() + _PyLong_New(); }\n"
    said = checked(tmp_path, libraries, "cp38-abi3-linux_x86_64", {"x.so": compiled(tmp_path, source)})

    assert "abi3: x.so needs PyBuffer_Release of Python 3.11, not of cp38" in said
    assert "abi3: x.so needs _PyLong_New, which is not in the stable ABI" in said
    assert "PyLong_AsLong" not in said


def test_a_module_that_cannot_be_imported_is_found(
    tmp_path: Path, libraries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_TMPDIR", str(tmp_path))
    site = tmp_path / "site"
    site.mkdir()
    (site / "good.py").write_text("import json\n")
    (site / "bad.py").write_text("import not_there\n")
    said = checked(tmp_path, libraries, "py3-none-any", {"good.py": b"", "bad.py": b""}, "--site", str(site))

    assert "import: bad: ModuleNotFoundError: No module named 'not_there'" in said
    assert "good" not in said


def test_a_path_in_the_code_for_gpus_is_no_path_of_the_build(tmp_path: Path, libraries: Path) -> None:
    """nvcc writes the options of its linker into this section."""
    note = '__attribute__((section("%s"), used)) static const char note[] = "-L /tmp/fromager-build/accelerator/lib";'
    arguments = ["--tag", TAG, "--cpu", "x86_64", "--libraries", str(libraries)]
    library = compiled(tmp_path, note % ".nv_fatbin", "-nostdlib")
    good = wheel(tmp_path, "cp311-cp311-linux_x86_64", {"x.so": library})
    check_wheel(["--wheel", str(good), *arguments])

    (tmp_path / "other").mkdir()
    bad = wheel(
        tmp_path / "other", "cp311-cp311-linux_x86_64", {"x.so": compiled(tmp_path, note % ".text2", "-nostdlib")}
    )
    with pytest.raises(ActionError, match="contains the path /tmp/fromager-build of its build"):
        check_wheel(["--wheel", str(bad), *arguments])


def test_a_module_that_needs_the_driver_of_a_gpu_is_not_imported(
    tmp_path: Path, libraries: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TEST_TMPDIR", str(tmp_path))
    said = "libcuda.so.1: cannot open shared object file: No such file or directory"
    source = {"gpu.py": f"raise ImportError({said!r})".encode()}
    built = wheel(tmp_path, "py3-none-any", source)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "gpu.py").write_bytes(source["gpu.py"])
    check_wheel(["--wheel", str(built), "--libraries", str(libraries), "--site", str(tmp_path / "site")])

    assert "gpu was not imported: this machine has no driver of a GPU" in capsys.readouterr().out
