"""Arguments as Bazel passes them to the actions' programs."""

from pathlib import Path

from arguments import Parser


def test_a_line_of_a_file_is_one_argument_whatever_else_is_in_it(tmp_path: Path) -> None:
    values = ["A=form\ffeed", "B=one\u2028two\x85three", "C=", "D=@x"]
    lines = [line for value in values for line in ("--env", value)]
    (tmp_path / "args").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    parser = Parser()
    parser.add_argument("--env", action="append")
    parser.add_argument("--out")

    args = parser.parse_args(["--out", "o", f"@{tmp_path}/args"])
    assert (args.out, args.env) == ("o", values)


def test_a_file_of_no_arguments(tmp_path: Path) -> None:
    (tmp_path / "args").touch()

    assert vars(Parser().parse_args([f"@{tmp_path}/args"])) == {}
