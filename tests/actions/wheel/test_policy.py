"""ELF files of wheels: what they need is read, and compared with the policy of the wheel's tag."""

import zipfile
from pathlib import Path

import pytest
from support.elf import NEEDS_CC, POLICIES, TAG, compiled

from actions.errors import ActionError
from actions.wheel.elf import Elf, Needed, elf_files, read
from actions.wheel.policy import Policy, policy_file, problems, read_policy

POLICY = read_policy(POLICIES, TAG, "x86_64")


def elf(**changed: object) -> Elf:
    found: dict[str, object] = {
        "path": "a/x.so",
        "machine": "EM_X86_64",
        "soname": "",
        "libraries": ("libc.so.6", "ld-linux-x86-64.so.2"),
        "run_paths": (),
        "needed": (Needed("memcpy", "GLIBC_2.17"), Needed("PyInit", "")),
        "features": frozenset(),
    }
    return Elf(**found | changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("tag", [TAG, "manylinux2014_x86_64"])
def test_a_policy_is_found_by_its_name_or_alias(tag: str) -> None:
    found = read_policy(POLICIES, tag, "x86_64")

    assert found == POLICY._replace(tag=tag)
    assert policy_file(TAG) == "auditwheel/policy/manylinux-policy.json"
    assert policy_file("musllinux_1_2_x86_64") == "auditwheel/policy/musllinux-policy.json"


def test_an_unknown_policy_is_an_error() -> None:
    with pytest.raises(ActionError, match="auditwheel has no policy for manylinux_2_99_x86_64"):
        read_policy(POLICIES, "manylinux_2_99_x86_64", "x86_64")


def test_a_library_that_needs_only_what_the_platform_has_is_accepted() -> None:
    other = elf(path="a/libown.so", soname="libown.so.1")

    assert list(problems([elf(libraries=("libc.so.6", "libown.so.1")), other], POLICY)) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (
            {"needed": (Needed("strlcpy", "GLIBC_2.38"),)},
            f"a/x.so needs strlcpy@GLIBC_2.38; {TAG} has GLIBC up to 2.17",
        ),
        (
            {"libraries": ("libfoo.so.2",)},
            f"a/x.so needs libfoo.so.2, which {TAG} does not have and the wheel does not contain",
        ),
        ({"machine": "EM_AARCH64"}, f"a/x.so is for EM_AARCH64, but {TAG} is for EM_X86_64"),
        (
            {"libraries": ("libz.so.1",), "needed": (Needed("inflate_table", ""),)},
            f"a/x.so needs inflate_table, which libz.so.1 of {TAG} does not have",
        ),
    ],
    ids=["symbol", "library", "cpu", "absent symbol"],
)
def test_a_problem_names_the_file_the_symbol_and_the_rule(changed: dict[str, object], says: str) -> None:
    assert list(problems([elf(**changed)], POLICY)) == [says]


@NEEDS_CC
def test_an_elf_file_is_read(tmp_path: Path) -> None:
    source = (
        "#include <string.h>\nextern int other(void);\nextern int newer(void) __attribute__((weak));\n"
        "char *f(const char *s) { return strdup(s) + other() + (newer ? newer() : 0); }\n"
    )
    options = ("-Wl,-rpath,/opt/lib:$ORIGIN/../lib", "-Wl,-soname,libx.so.1", "-Wl,--enable-new-dtags")
    found = read("a/x.so", compiled(tmp_path, source, *options))

    assert (found.path, found.machine, found.soname) == ("a/x.so", "EM_X86_64", "libx.so.1")
    assert found.libraries == ("libc.so.6",)
    assert found.run_paths == ("/opt/lib", "$ORIGIN/../lib")
    assert {Needed("strdup", "GLIBC_2.2.5"), Needed("other", "")} <= set(found.needed)
    assert "newer" not in {symbol.name for symbol in found.needed}
    assert found.features == frozenset()


@NEEDS_CC
def test_an_instruction_set_beyond_the_oldest_cpu_is_found(tmp_path: Path) -> None:
    options = ("-march=x86-64-v3", "-Wa,-mx86-used-note=yes", "-Wl,-z,x86-64-v3")

    assert read("x.so", compiled(tmp_path, "int x;\n", *options)).features == {"x86-64-v3"}


@NEEDS_CC
def test_only_elf_files_of_a_wheel_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as wheel:
        wheel.writestr("b.so", compiled(tmp_path, "int x;\n"))
        wheel.writestr("a.py", "x = 1\n")
        wheel.writestr("empty", b"")
    with zipfile.ZipFile(tmp_path / "x.whl") as wheel:
        assert [file.path for file in elf_files(wheel)] == ["b.so"]


def test_a_policy_is_plain_data() -> None:
    assert isinstance(POLICY, Policy) and "libc.musl-x86_64.so.1" in POLICY.libraries


def test_a_library_of_a_gpu_is_accepted_if_the_driver_or_a_requirement_has_it() -> None:
    file = elf(libraries=("libcuda.so.1", "libcudart.so.13"))

    assert list(problems([file], POLICY, frozenset({"nvidia-cuda-runtime"}))) == []
    assert list(problems([file], POLICY)) == [
        "a/x.so needs libcudart.so.13, which manylinux_2_17_x86_64 does not have and the wheel does not contain; it "
        "may need it if it requires nvidia-cuda-runtime"
    ]
