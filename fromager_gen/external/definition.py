"""What an external dependency is. The actions use the same module, so that the generator and the builds agree."""

from fromager_gen import bundle

bundle.add_actions()

from actions.errors import ActionError  # noqa: E402 - needs the line above
from actions.external.definition import (  # noqa: E402 - needs the line above
    definition,
    install_lines,
    is_specifier,
    numbers,
    satisfies,
)

__all__ = ["ActionError", "definition", "install_lines", "is_specifier", "numbers", "satisfies"]
