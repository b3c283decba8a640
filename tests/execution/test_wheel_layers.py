"""From which layer wheels came, and how long their builds took."""

from pathlib import Path

import pytest
from support.execution_logs import LogWriter, duration, message, stream

from fromager_gen.execution import ResultTimes, layers_text, read_log
from fromager_gen.execution.results import seconds_of_result

RESULT = message((2, b"x"), (9, message((7, duration(100.25)), (8, duration(102.75)))))


def labels(*names: str) -> list[str]:
    return [f"//packages/{name}/1.0:wheel" for name in names]


def test_each_wheel_counts_once_with_its_last_good_run(tmp_path: Path) -> None:
    a, b, c, d, e = labels("a", "b", "c", "d", "e")
    log = LogWriter()
    log.spawn(a, seconds=60.6).spawn(a, "FromagerInstall").spawn(b, runner="remote", seconds=3)
    log.spawn(c, runner="disk cache hit", is_hit=True, seconds=0, digest="aa")
    log.spawn(d, runner="remote cache hit", is_hit=True, seconds=0, digest="bb").spawn(d, exit_code=1)
    log.spawn("//packages/other/1.0:wheel", seconds=1000)
    spawns = read_log(log.write(tmp_path / "log")).spawns
    text = layers_text([a, b, c, d, e], spawns, lambda spawn: spawn.seconds or {"aa": 2.6, "bb": 125}[spawn.digest])

    assert text == (
        "5 wheels: 1 up to date, 1 from the disk cache (3 s saved), 1 from the remote cache (2 min 5 s saved), "
        "1 built here (1 min 1 s), 1 built on workers (3 s)"
    )
    assert layers_text([a], [], lambda _: 0) == "1 wheel: 1 up to date"


def test_the_time_of_a_result_is_that_of_its_execution() -> None:
    assert seconds_of_result(RESULT) == 2.5
    assert seconds_of_result(message((2, b"x"))) == 0


def test_times_are_read_from_the_disk_cache(tmp_path: Path) -> None:
    (tmp_path / "ac" / "ab").mkdir(parents=True)
    (tmp_path / "ac" / "ab" / "abcd").write_bytes(RESULT)
    (tmp_path / "ac" / "ab" / "abff").write_bytes(b"\xff\xff")
    times = ResultTimes(tmp_path)

    assert [times.of(digest) for digest in ("abcd", "abff", "none", "")] == [2.5, 0, 0, 0]


@pytest.mark.parametrize("rest", [b"", b"\xff\xff\xff"])
def test_times_are_read_from_the_calls_of_a_remote_cache(tmp_path: Path, rest: bytes) -> None:
    details = message((1, message((2, message((1, "abcd"))))), (2, RESULT))
    calls = [message((3, "GetCapabilities")), message((4, message((8, details))))]
    (tmp_path / "calls").write_bytes(stream(calls) + rest)
    times = ResultTimes()
    times.add_calls(tmp_path / "calls")
    times.add_calls(tmp_path / "none")

    assert times.of("abcd") == 2.5
