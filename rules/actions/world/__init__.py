"""The closed world of a build: its folders, environment, variables, and the backend that runs in it."""
