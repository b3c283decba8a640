"""The project in a source: its pyproject.toml and build system."""
