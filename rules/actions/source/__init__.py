"""The project in a source: its pyproject.toml and its build system."""
