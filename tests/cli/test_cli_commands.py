"""The group of all commands."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.command import output, usage_error

from fromager_gen.cli import commands


def test_every_command_is_importable_and_has_its_name() -> None:
    with commands.make_context("fromager-gen", ["lint"], resilient_parsing=True) as context:
        for name in commands.list_commands(context):
            found = commands.get_command(context, name)
            assert found is not None
            assert found.name == name
            assert found.get_short_help_str()


def test_help_lists_all_commands() -> None:
    assert "  list-overrides      List packages with settings, patches or plugins.\n" in output("--help")


@pytest.mark.parametrize("command", [(), ("graph",), ("step",), ("build-order",)])
def test_command_lists_are_not_truncated(command: tuple[str, ...]) -> None:
    assert "..." not in output(*command, "--help").partition("Commands:")[2]


def test_unknown_command_is_an_error() -> None:
    assert "No such command 'buidl'" in usage_error("buidl")


def test_misspelt_command_is_corrected_in_the_error() -> None:
    assert "No such command 'bootstrp'. Did you mean bootstrap or bootstrap-parallel?" in usage_error("bootstrp")


def test_unwritable_output_is_an_error_of_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "fromager_gen", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert result.returncode == 1
    assert result.stderr == "fromager-gen: error: standard output or a temporary file: No space left on device\n"
