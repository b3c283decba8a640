"""``remote init``: its options, and the file that it writes without asking the server."""

import stat
import subprocess
from pathlib import Path

import pytest
from support.command import error, run, usage_error

from fromager_gen.errors import WriteError


def test_the_file_is_written_for_this_user_alone(tmp_path: Path) -> None:
    (tmp_path / "remote.bazelrc").write_text("old")
    (tmp_path / "remote.bazelrc").chmod(0o644)
    run("remote", "init", "--output", tmp_path, "--cache", "grpcs://a.test", "--header", "a=b", "--no-check")

    assert "build:remote-init --remote_header=a=b\n" in (tmp_path / "remote.bazelrc").read_text()
    assert stat.S_IMODE((tmp_path / "remote.bazelrc").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--cache", "ftp://a.test"), "'ftp://a.test' is not an address with grpc, grpcs, http, https or unix"),
        (("--cache", "grpc://a\nb"), "is not an address"),
        (("--cache", ""), "'' is not an address"),
        (("--cache", "unix:"), "'unix:' is not an address"),
        (("--cache", "unix:/a\nb"), "is not an address"),
        (("--cache", "grpc://a", "--executor", "http://a"), "is not an address with grpc, grpcs or unix"),
        (("--cache", "grpc://a", "--header", "a"), "a header is NAME=VALUE or NAME=@FILE"),
        (("--cache", "grpc://a", "--header", "a b=c"), "a header is NAME=VALUE or NAME=@FILE"),
        (("--cache", "grpc://a", "--header", "a=b\nc"), "the value of a must be one line of printable text"),
        (("--cache", "grpc://a", "--header", "a="), "the value of a must be one line of printable text"),
        (("--cache", "grpc://a", "--header", "a=@/none"), "the value of a can't be read from /none"),
        (("--cache", "grpc://a", "--instance", "a\nb"), "it must be one line of printable text"),
        (("--cache", "grpc://a", "--credential-helper", "a\nb"), "it must be one line of printable text"),
        (("--cache", "grpc://a", "--client-key", "k"), "--client-certificate and --client-key need each other"),
        ((), "Missing option '--cache'"),
    ],
)
def test_invalid_options_write_nothing(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    assert says in " ".join(usage_error("remote", "init", "--output", tmp_path, *options, "--no-check").split())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_an_error_before_the_server_is_asked() -> None:
    assert isinstance(error("remote", "init", "--output", "/proc/none", "--cache", "grpc://127.0.0.1:1"), WriteError)


def test_a_file_that_git_does_not_ignore_is_a_warning(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    arguments = "remote", "init", "--output", tmp_path, "--cache", "grpcs://a.test", "--no-check"
    said = run(*arguments).output
    (tmp_path / ".gitignore").write_text("remote.bazelrc\n")

    assert "git does not ignore" in said and "git does not ignore" not in run(*arguments).output
