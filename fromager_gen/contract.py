"""What the generator shares with the rules and the actions' programs: the values of `rules/contract.bzl`."""

from fromager_gen import bundle

bundle.add_actions()

from actions.contract import *  # noqa: E402, F403 - only now can it be found; the file holds nothing else
