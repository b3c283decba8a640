"""CUDA in toolchains.lock.json: which wheels of an index belong together, and what is refused."""

import json
from pathlib import Path

import pytest
from support.cuda import PARTS, CudaPages
from support.servers import Server

from fromager_gen.contract import CPUS
from fromager_gen.errors import FetchError, InputError, LockError
from fromager_gen.toolchains import read_toolchains, toolchains_text


@pytest.fixture
def pages(server: Server) -> CudaPages:
    found = CudaPages(server)
    for release, build in {"12.9.1": "12.9.8", "13.4.3": "13.4.92", "13.5.0": "13.5.30", "13.5.1": "13.5.37"}.items():
        found.release(release, build)
    return found


def test_the_newest_release_of_a_version_is_pinned_for_each_cpu(pages: CudaPages, tmp_path: Path) -> None:
    pages.add("cuda_toolkit-13.5.2-py2.py3-none-any.whl", yanked=True)
    pages.add("cuda_toolkit-13.5.3rc1-py2.py3-none-any.whl")
    lock = pages.pinned("13.5", archs=("90a", "80", "80"))
    path = tmp_path / "lock"
    path.write_text(toolchains_text(lock))

    assert [(one.exec, one.version, one.archs) for one in lock.cuda] == [(cpu, "13.5.1", ("90a", "80")) for cpu in CPUS]
    assert len(lock.files) == len(PARTS) * len(CPUS)
    assert lock.files["cuda_13_5_nvidia_nvvm_x86_64"].filename.startswith(
        "nvidia_nvvm-13.5.37-py3-none-manylinux2014_x86"
    )
    assert read_toolchains(path) == lock


def test_versions_stand_beside_each_other_and_a_release_replaces_its_own(pages: CudaPages) -> None:
    lock = pages.pinned("13.4", pages.pinned("13.5.0"))
    assert [one.version for one in lock.cuda] == ["13.4.3", "13.4.3", "13.5.0", "13.5.0"]

    lock = pages.pinned("13.5", lock)
    assert [one.version for one in lock.cuda] == ["13.4.3", "13.4.3", "13.5.1", "13.5.1"]
    assert len(lock.files) == 2 * len(PARTS) * len(CPUS)
    assert "on x86_64 for GPUs 80: with any C compiler" in str(lock.cuda[-1])


@pytest.mark.parametrize(
    ("version", "error", "says"),
    [
        ("13.9", LockError, r"has no cuda-toolkit 13\.9; it has 13\.4, 13\.5"),
        ("12.9", LockError, r"CUDA 12\.9\.1 can't be pinned: only wheels of CUDA 13\.0, 13\.1, "),
        ("newest", InputError, r"'newest' is not a version of CUDA, such as 13\.5"),
        ("../x", InputError, r"'\.\./x' is not a version"),
    ],
)
def test_a_version_that_cannot_be_pinned_is_refused(pages: CudaPages, version: str, error: type, says: str) -> None:
    with pytest.raises(error, match=says):
        pages.pinned(version)


@pytest.mark.parametrize("arch", ["sm_80", "8.0", "native", "80\n", "90b", "", "50", "999"])
def test_a_strange_architecture_is_refused_before_the_index_is_asked(pages: CudaPages, arch: str) -> None:
    with pytest.raises(InputError, match="is not an architecture of a GPU that CUDA 13 compiles for; name its"):
        pages.pinned("13.5", archs=("80", arch))
    assert pages.server.asked == []


def test_releases_that_the_lock_refuses_are_not_pinned(pages: CudaPages) -> None:
    pages.release("13.5.9.post1", "13.5.9")

    assert {one.version for one in pages.pinned("13.5").cuda} == {"13.5.1"}


def test_an_index_without_a_wheel_is_an_error_that_names_it(pages: CudaPages, server: Server) -> None:
    pages.release("13.3.0", "13.3.1", without="nvidia_nvvm")
    with pytest.raises(LockError, match=r"no wheel of nvidia-nvvm==13\.3\.1\.\* for Linux on x86_64, which is part of"):
        pages.pinned("13.3")

    pages.add("nvidia_nvvm-13.3.1-py3-none-manylinux2014_x86_64.whl", hashes={})
    with pytest.raises(LockError, match=r"does not state the sha256 of nvidia_nvvm-13\.3\.1"):
        pages.pinned("13.3")

    del server.answers["/simple/cuda-toolkit/"]
    with pytest.raises(FetchError, match=r"cuda-toolkit: .* has no such project"):
        pages.pinned("13.5")


@pytest.mark.parametrize(
    ("requirements", "says"),
    [
        ([], "cuda-toolkit 13.3 has no part nvcc for Linux"),
        (["a b c"], "cuda_toolkit-13.3-py2.py3-none-any.whl of the index can't be read"),
        (["x; extra < 'nvcc' and python_version ~= 'x'"], "has no part nvcc|can't be read"),
        ([f"{'x' * 200}; extra == 'nvcc'"], "has no such project"),
    ],
)
def test_a_strange_metapackage_is_refused(pages: CudaPages, requirements: list[str], says: str) -> None:
    pages.metapackage("13.3", requirements)
    with pytest.raises((LockError, FetchError), match=says):
        pages.pinned("13.3")


def test_a_damaged_metapackage_is_refused(pages: CudaPages) -> None:
    pages.add("cuda_toolkit-13.3-py2.py3-none-any.whl", b"not a zip", hashes={})
    with pytest.raises(LockError, match="can't be read"):
        pages.pinned("13.3")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("archs", ["80", '"])'], "of a CUDA is not valid"),
        ("exec", "z80", "unknown CPU"),
        ("files", ["other"], "unknown file"),
        ("version", "13.5.x", "of a CUDA is not valid"),
        ("version", "99.1", "unknown version of CUDA"),
    ],
)
def test_a_hostile_entry_is_refused(pages: CudaPages, tmp_path: Path, name: str, value: object, says: str) -> None:
    document = json.loads(toolchains_text(pages.pinned("13.5")))
    document["cuda"][0][name] = value
    path = tmp_path / "lock"
    path.write_text(json.dumps(document))

    with pytest.raises(LockError, match=says):
        read_toolchains(path)


def test_two_entries_for_one_version_and_cpu_are_refused(pages: CudaPages, tmp_path: Path) -> None:
    document = json.loads(toolchains_text(pages.pinned("13.5")))
    document["cuda"].append(document["cuda"][0])
    path = tmp_path / "lock"
    path.write_text(json.dumps(document))

    with pytest.raises(LockError, match="two toolchains of one kind for one platform, among them: CUDA"):
        read_toolchains(path)
