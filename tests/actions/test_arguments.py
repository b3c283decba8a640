"""Arguments as Bazel passes them to the actions' programs."""

from pathlib import Path

import pytest

from actions.arguments import Parser


def test_each_line_of_a_params_file_is_one_argument(tmp_path: Path) -> None:
    values = ["A=form\ffeed", "B=one\u2028two\x85three", "C=", "D=@x"]
    lines = [line for value in values for line in ("--env", value)]
    (tmp_path / "args").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    parser = Parser()
    parser.add_argument("--env", action="append")

    assert parser.values([f"@{tmp_path}/args"]) == {"env": tuple(values)}


def test_a_value_can_look_like_an_option() -> None:
    parser = Parser()
    parser.add_argument("--dir")
    parser.add_argument("--requires", action="append")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--on-disk", action="store_true")

    found = parser.values(["--dir", "@scope", "--requires", "--dir", "--requires", "-x", "--on-disk", "--jobs", "2"])
    assert found == {"dir": "@scope", "requires": ("--dir", "-x"), "jobs": 2, "on_disk": True}
    assert parser.values(["--dir=a=b"])["dir"] == "a=b"
    with pytest.raises(SystemExit):
        parser.values(["--dir"])


def test_an_empty_params_file_has_no_arguments(tmp_path: Path) -> None:
    (tmp_path / "args").touch()

    assert Parser().values([f"@{tmp_path}/args"]) == {}
