"""Values that the generator shares with the rules and the actions' programs, from `rules/contract.bzl`."""

from fromager_gen import bundle

bundle.add_actions()

from actions.contract import *  # noqa: E402, F403 - needs the line above; all names are values
