"""``python -m fromager_gen``."""

from fromager_gen.cli import main

main()
