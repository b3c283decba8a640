"""Bazel's messages about damaged files of caches."""

from hashlib import sha256
from pathlib import Path

from fromager_gen.bazel.damage import DamagedFiles

GOOD = sha256(b"good").hexdigest()


def mismatch(digest: str, output: str = "Output a/b.whl download failed: ") -> str:
    return f"{output}Expected digest '{digest}/4' does not match received digest '{'0' * 64}/4'."


def stored(cache: Path, digest: str, data: bytes) -> Path:
    path = cache / "cas" / digest[:2] / digest
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return path


def test_the_remote_cache_is_named_with_the_digest_of_each_file() -> None:
    text = (
        "WARNING: Remote Cache: 2 errors during bulk transfer:\n"
        f"com.google.devtools.build.lib.remote.common.OutputDigestMismatchException: {mismatch(GOOD)}\n"
        f"WARNING: Remote Cache: {mismatch('1' * 64, '')}\nanother line"
    )

    assert DamagedFiles().reported(text) == (
        f"WARNING: the remote cache has a damaged file, a/b.whl, with the digest sha256:{GOOD}; it is built again\n"
        f"WARNING: the remote cache has a damaged file with the digest sha256:{'1' * 64}; it is built again\n"
        "another line"
    )


def test_a_damaged_file_of_the_disk_cache_is_removed_with_the_results_that_name_it(tmp_path: Path) -> None:
    blob = stored(tmp_path, GOOD, b"evil")
    result, other = tmp_path / "ac" / "aa" / "1", tmp_path / "ac" / "aa" / "2"
    result.parent.mkdir(parents=True)
    result.write_bytes(b"x" + GOOD.encode())
    other.write_bytes(b"y")
    text = DamagedFiles(tmp_path).reported(f"WARNING: Remote Cache: {mismatch(GOOD)}")

    assert text.startswith(f"WARNING: the disk cache {tmp_path} has a damaged file, a/b.whl,")
    assert not blob.exists() and not result.exists() and other.exists()


def test_a_good_file_of_the_disk_cache_stays(tmp_path: Path) -> None:
    blob = stored(tmp_path, GOOD, b"good")
    text = DamagedFiles(tmp_path).reported(f"WARNING: Remote Cache: {mismatch(GOOD)}")

    assert text.startswith("WARNING: the remote cache has a damaged file") and blob.exists()


def test_other_messages_are_unchanged() -> None:
    text = "WARNING: Remote Cache: 2 errors during bulk transfer:\nUNAVAILABLE: io exception"

    assert DamagedFiles().reported(text) == text
