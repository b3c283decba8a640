"""Formatting of tables and CSV, and writing of reports."""

from pathlib import Path

import pytest

from fromager_gen.cli.output import csv_text, emit, table_text


def test_printed_text_ends_with_a_newline(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("a", "b\n", ""):
        emit(text, None)

    assert capsys.readouterr().out == "a\nb\n"


def test_file_has_the_text_unchanged(tmp_path: Path) -> None:
    emit("ä", tmp_path / "new" / "out")

    assert (tmp_path / "new" / "out").read_bytes() == "ä".encode()


def test_csv_quotes_strings_but_not_numbers() -> None:
    assert csv_text(["a"], [['x"y', 1, True, "1\n2"]]) == '"a"\r\n"x""y",1,True,"1\n2"\r\n'


def test_table_is_as_wide_as_its_content() -> None:
    text = table_text("T", ["one", "two"], [("[b]x[/b]", "1"), ("y" * 300, "22")], markdown=True, right=[1])

    assert text.splitlines()[:3] == ["T", "", f"| one{' ' * 297} | two |"]
    assert f"| [b]x[/b]{' ' * 292} |   1 |" in text
    assert f"| {'y' * 300} |  22 |" in text
