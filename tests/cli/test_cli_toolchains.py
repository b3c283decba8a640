"""``toolchains``: what is pinned is listed, and an error leaves the lock as it was."""

from pathlib import Path

import pytest
from support.command import error, output, run, usage_error
from support.cuda import CudaPages
from support.servers import Server


@pytest.fixture
def pages(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CudaPages:
    """Return an index with one CUDA, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    found = CudaPages(server)
    found.release("13.5.1", "13.5.37")
    return found


def options(pages: CudaPages, *archs: str) -> list[str]:
    return ["--output", "ws", "--index-url", pages.url, *(word for arch in archs for word in ("--arch", arch))]


def test_cuda_is_pinned_and_listed(pages: CudaPages) -> None:
    result = run("toolchains", "add", "cuda", "13.5", *options(pages, "80", "90a"))

    assert result.exception is None
    assert "CUDA 13.5.1 on x86_64 for GPUs 80, 90a: with any C compiler" in result.stderr
    lines = output("toolchains", "list", "--output", "ws").splitlines()
    assert [line.split(" for ")[0] for line in lines] == ["CUDA 13.5.1 on aarch64", "CUDA 13.5.1 on x86_64"]


def test_an_error_leaves_the_lock_as_it_was(pages: CudaPages) -> None:
    assert "has no cuda-toolkit 13.4; it has 13.5" in str(
        error("toolchains", "add", "cuda", "13.4", *options(pages, "80"))
    )
    assert not Path("ws").exists()
    run("toolchains", "add", "cuda", "13.5", *options(pages, "80"))
    before = Path("ws/toolchains.lock.json").read_bytes()
    for said in (("13.4", *options(pages, "80")), ("13.5", *options(pages, "sm_90")), ("new", *options(pages, "80"))):
        error("toolchains", "add", "cuda", *said)

    assert Path("ws/toolchains.lock.json").read_bytes() == before
    assert "Missing option '--arch'" in usage_error("toolchains", "add", "cuda", "13.5", *options(pages))
