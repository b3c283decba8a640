"""Texts of tables and of CSV, and where they go."""

from pathlib import Path

import pytest

from fromager_gen.cli.output import csv_text, emit, table_text


def test_a_printed_text_ends_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("a", "b\n", ""):
        emit(text, None)

    assert capsys.readouterr().out == "a\nb\n"


def test_a_file_holds_the_text_as_it_is(tmp_path: Path) -> None:
    emit("ä", tmp_path / "new" / "out")

    assert (tmp_path / "new" / "out").read_bytes() == "ä".encode()


def test_csv_quotes_texts_but_no_numbers() -> None:
    assert csv_text(["a"], [['x"y', 1, True, "1\n2"]]) == '"a"\r\n"x""y",1,True,"1\n2"\r\n'


def test_a_table_is_as_wide_as_it_must_be() -> None:
    text = table_text("T", ["one", "two"], [("[b]x[/b]", "1"), ("y" * 300, "22")], markdown=True, right=[1])

    assert text.splitlines()[:3] == ["T", "", f"| one{' ' * 297} | two |"]
    assert f"| [b]x[/b]{' ' * 292} |   1 |" in text
    assert f"| {'y' * 300} |  22 |" in text
