"""Compact execution logs, whole and damaged."""

from hashlib import sha256
from pathlib import Path

import pytest
from support.execution_logs import LogWriter

from fromager_gen.errors import InputError
from fromager_gen.execution import Logs, read_log
from fromager_gen.execution.kept import began

LABEL = "//packages/a/1.0:wheel"


def log(*spawns: str) -> LogWriter:
    writer = LogWriter()
    for label in spawns:
        writer.spawn(label)
    return writer


def test_all_parts_of_an_action_are_read(tmp_path: Path) -> None:
    writer = LogWriter()
    inner = writer.set([writer.file("in/one", "11"), writer.file("in/empty", "")])
    members = [writer.folder("in/tree", {"x": "22", "y/z": "33"}), writer.link("in/link", "target")]
    out = writer.file("out/log", "44")
    writer.spawn(
        LABEL, inputs=writer.set(members, [inner]), outputs=[out], arguments=["python", "-B"], variables={"TZ": "UTC"},
        platform={"Pool": "x"}, runner="remote", exit_code=3, seconds=2.25, digest="ab",
    )  # fmt: skip
    found = read_log(writer.write(tmp_path / "log"))
    (spawn,) = found.spawns

    assert (spawn.label, spawn.mnemonic, spawn.runner, spawn.is_hit, spawn.exit_code, spawn.seconds, spawn.digest) == (
        LABEL, "FromagerWheel", "remote", False, 3, 2.25, "ab",
    )  # fmt: skip
    assert (spawn.arguments, spawn.variables, spawn.platform) == (("python", "-B"), {"TZ": "UTC"}, {"Pool": "x"})
    assert found.inputs(spawn) == {
        "in/one": "11", "in/empty": "empty", "in/tree/x": "22", "in/tree/y/z": "33", "in/link": "a link to target",
    }  # fmt: skip
    assert spawn.outputs == {"out/log": "44"} and found.by_output["out/log"] is spawn


def test_sets_that_contain_each_other_end(tmp_path: Path) -> None:
    writer = LogWriter()
    writer.set([], [2])
    found = read_log(writer.spawn(LABEL, inputs=writer.set([], [1])).write(tmp_path / "log"))

    assert found.inputs(found.spawns[0]) == {}


def test_the_log_of_a_killed_build_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    names = (sha256(b"%d" % number).hexdigest() for number in range(9000))  # they do not compress into one block
    path = log(*names).write(tmp_path / "log")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])

    assert 0 < len(read_log(path).spawns) < 9000


@pytest.mark.parametrize("data", [b"", b"text", b"\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00\xff" * 20])
def test_another_file_is_an_error_that_names_it(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "log").write_bytes(data)
    if data:
        with pytest.raises(InputError, match="log is not an execution log of Bazel, or it is damaged"):
            read_log(tmp_path / "log")
    else:
        assert read_log(tmp_path / "log").spawns == []


def test_a_message_with_lengths_beyond_its_end_is_an_error(tmp_path: Path) -> None:
    writer = LogWriter()
    writer.entries = [b"\x3a\xff\xff\xff\xff\x7f"]

    with pytest.raises(InputError, match="a message ends too early"):
        read_log(writer.write(tmp_path / "log"))


def test_a_workspace_keeps_its_latest_logs(tmp_path: Path) -> None:
    logs = Logs.of(tmp_path)
    paths = []
    for _ in range(52):
        paths.append(logs.new())
        paths[-1].write_bytes(b"")

    assert logs.newest() == paths[:1:-1]
    assert began(paths[0])[:2] == "20"
    assert began(Path("mine.binpb.zst")) == "mine.binpb.zst"
