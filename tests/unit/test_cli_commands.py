"""The group of all commands."""

from command import output, usage_error

from fromager_gen.cli import commands


def test_every_command_can_be_imported_and_bears_its_name() -> None:
    with commands.make_context("fromager-gen", ["lint"], resilient_parsing=True) as context:
        for name in commands.list_commands(context):
            found = commands.get_command(context, name)
            assert found is not None
            assert found.name == name
            assert found.get_short_help_str()


def test_help_lists_them() -> None:
    assert "  list-overrides " in output("--help")


def test_an_unknown_command() -> None:
    assert "No such command 'buidl'" in usage_error("buidl")
