"""Two wheels compared: each kind of difference is found in its member and explained."""

import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.wheels import INFO, MODULE, add_members, files_of, record_of, write_wheel

from fromager_gen.compare import Comparison, Difference, Mark, compare
from fromager_gen.errors import InputError

NAME = "demo-1.0-py3-none-any.whl"


def wheels(folder: Path, one: Mapping[str, str | bytes], other: Mapping[str, str | bytes]) -> tuple[Path, Path]:
    return write_wheel(folder / "1" / NAME, {**files_of(), **one}), write_wheel(
        folder / "2" / NAME, {**files_of(), **other}
    )


def only(found: Comparison) -> Difference:
    assert found.result == "differs"
    (difference,) = found.differences
    return difference


def test_wheels_of_the_same_bytes_are_equal(tmp_path: Path) -> None:
    assert compare(*wheels(tmp_path, {}, {})) == Comparison("equal")


def test_a_changed_text_is_shown_as_a_diff_without_record(tmp_path: Path) -> None:
    found = only(compare(*wheels(tmp_path, {MODULE: "a = 1\nb = 2\n"}, {MODULE: "a = 1\nb = 30\n"})))

    assert (found.member, found.kind) == (MODULE, "content")
    assert found.what == "differs at byte 10; 12 and 13 bytes"
    assert found.lines == (" a = 1", "-b = 2", "+b = 30")


def test_changed_bytes_are_shown_in_hex(tmp_path: Path) -> None:
    found = only(compare(*wheels(tmp_path, {"demo/x.so": b"\x7fELF\0\1"}, {"demo/x.so": b"\x7fELF\0\2A"})))

    assert found.what == "differs at byte 5; 6 and 7 bytes"
    assert found.lines == ("-0x5: 01  .", "+0x5: 02 41  .A")


def test_a_difference_far_in_a_large_member_is_found(tmp_path: Path) -> None:
    start = b"line of text\n" * 200_000
    found = only(compare(*wheels(tmp_path, {"big": start + b"one\n"}, {"big": start + b"two\n"})))

    assert found.what == f"differs at byte {len(start):,}"
    assert found.lines == (" line of text", "-one", "+two")


def test_a_prefix_differs_where_it_ends(tmp_path: Path) -> None:
    found = only(compare(*wheels(tmp_path, {"x": b"\0abc"}, {"x": b"\0ab"})))

    assert found.what == "differs at byte 3; 4 and 3 bytes" and found.lines[1] == "+0x3: end"


def test_members_of_only_one_wheel_are_named(tmp_path: Path) -> None:
    found = compare(*wheels(tmp_path, {"a.py": "x"}, {"b.py": "x"}))

    assert [(one.member, one.kind) for one in found.differences] == [
        ("a.py", "only in the first"),
        ("b.py", "only in the second"),
    ]


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        ("at 2026-11-29 10:00:01", "at 2026-11-29 10:00:02", "a time: 2026-11-29 10:00:01 and 2026-11-29 10:00:02"),
        ("time = 1796000000.25", "time = 1796000001.5", "a time: 1796000000.25 and 1796000001.5"),
        ("p = '/home/a/x.py'", "p = '/srv/b/x.py'", "an absolute path: /home/a/x.py and /srv/b/x.py"),
        ("{'a', 'b', 'c'}", "{'b', 'a', 'c'}", None),
        ("a b c", "b c a", "the same words in another order"),
        ("built on one.example", "built on two.example", "it contains the host name of the build"),
    ],
)
def test_the_probable_cause_is_named(tmp_path: Path, one: str, other: str, says: str | None) -> None:
    marks = [Mark("host name", "one.example", "two.example"), Mark("time zone", "UTC", "UTC"), Mark("user", "", "o")]
    found = only(compare(*wheels(tmp_path, {MODULE: one}, {MODULE: other}), marks))

    assert says is None or says in found.what
    assert "time zone" not in found.what and "user" not in found.what


def test_times_permissions_compression_and_order_are_differences(tmp_path: Path) -> None:
    one = write_wheel(tmp_path / "1" / NAME)
    later = write_wheel(tmp_path / "2" / NAME, date=(2025, 1, 1, 0, 0, 0))
    found = compare(one, later)
    assert {difference.kind for difference in found.differences} == {"time"}
    assert found.differences[0].what == "2024-05-06 07:08:10 and 2025-01-01 00:00:00"

    executable = write_wheel(tmp_path / "3" / NAME, modes={MODULE: 0o100755})
    assert only(compare(one, executable)) == Difference(MODULE, "permissions", "-rw-r--r-- and -rwxr-xr-x")

    turned = write_wheel(tmp_path / "4" / NAME, dict(reversed(files_of().items())), record_of(files_of()))
    assert only(compare(one, turned)) == Difference("", "order", "the members have another order")

    packed = tmp_path / "5.whl"
    with zipfile.ZipFile(one) as source, zipfile.ZipFile(packed, "w") as target:
        for info in source.infolist():
            copied = zipfile.ZipInfo(info.filename, info.date_time)
            copied.external_attr = info.external_attr
            target.writestr(copied, source.read(info), zipfile.ZIP_DEFLATED)
    kinds = {(difference.kind, difference.what) for difference in compare(one, packed).differences}
    assert kinds == {("compression", "stored and deflate")}


def test_another_compression_level_is_a_difference_of_the_zip(tmp_path: Path) -> None:
    one, other = tmp_path / "1.whl", tmp_path / "2.whl"
    for path, level in ((one, 1), (other, 9)):
        with zipfile.ZipFile(path, "w") as target:
            info = zipfile.ZipInfo("x")
            target.writestr(info, "abcabcabd" * 5000, zipfile.ZIP_DEFLATED, level)
    found = only(compare(one, other))

    assert found.kind == "zip" and "all members are the same" in found.what


def test_record_is_a_difference_of_its_own_if_nothing_else_explains_it(tmp_path: Path) -> None:
    one = write_wheel(tmp_path / "1" / NAME)
    other = write_wheel(tmp_path / "2" / NAME, record=record_of(files_of()).replace("demo/run.sh", "demo/run2.sh"))

    assert only(compare(one, other)).member == f"{INFO}/RECORD"


def test_copies_of_a_member_are_compared_in_their_order(tmp_path: Path) -> None:
    one, other = wheels(tmp_path, {}, {})
    with pytest.warns(UserWarning, match="Duplicate name"):
        for path, text in ((one, "first"), (other, "other")):
            with zipfile.ZipFile(path, "a") as opened:
                opened.writestr(zipfile.ZipInfo(MODULE), text)

    assert only(compare(one, other)).member == f"{MODULE} (2)"


def test_texts_cannot_control_a_terminal(tmp_path: Path) -> None:
    found = only(compare(*wheels(tmp_path, {MODULE: "\x1b[31mred"}, {MODULE: "x" * 500})))

    assert "\x1b" not in "".join(found.lines) and "\\x1b[31mred" in found.lines[0]
    assert max(map(len, found.lines)) < 200


def test_long_diffs_are_cut(tmp_path: Path) -> None:
    texts = ["".join(f"{number} {word}\n" for number in range(100)) for word in ("a", "b")]
    found = only(compare(*wheels(tmp_path, {MODULE: texts[0]}, {MODULE: texts[1]})))

    assert len(found.lines) == 13 and found.lines[-1].endswith("more lines)")


def no_zip(path: Path) -> None:
    path.write_bytes(b"no zip")


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(MODULE.encode()) + len(MODULE) + 5] ^= 0xFF
    path.write_bytes(data)


def bomb(path: Path) -> None:
    add_members(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("zeros", bytes(100 << 20))


def lying(path: Path) -> None:
    """Let a member's header state more bytes than MAX_ARCHIVE_BYTES."""
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [no_zip, flipped, bomb, lying])
@pytest.mark.parametrize("second", [False, True])
def test_a_damaged_or_hostile_wheel_is_a_result(tmp_path: Path, damage: Callable[[Path], None], second: bool) -> None:
    pair = wheels(tmp_path, {}, {})
    damage(pair[second])
    found = compare(*pair)

    assert found.result == "damaged" and not found.differences
    assert ("second" if second else "first") in found.problem and " wheel is damaged: " in found.problem


def test_a_missing_wheel_is_an_error(tmp_path: Path) -> None:
    one, other = wheels(tmp_path, {}, {})
    other.unlink()

    with pytest.raises(InputError, match="can't be read"):
        compare(one, other)
