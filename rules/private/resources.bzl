"""What a build takes of the machine.

Bazel wants a top-level function for each answer, so there are a few fixed sizes. A size says what is declared to
Bazel; how many processes a build may start is the plan's `jobs`. Most builds keep one core busy, and a link is one thread
long: declaring one core and letting a build start two processes leaves no core idle.

Bazel starts what waits for a core in no useful order, and what takes longest must not wait: a long build declares no core, so
that it begins at once. It then has others beside it, which give way to it (see actions/world/priority.py).
"""

load("//rules:contract.bzl", "SIZES")

visibility("//rules/...")

def _resources(size):
    return {"cpu": SIZES[size]["cpu"], "memory": SIZES[size]["megabytes"]}

def _small(_os, _inputs):
    return _resources("small")

def _long(_os, _inputs):
    return _resources("long")

def _medium(_os, _inputs):
    return _resources("medium")

def _large(_os, _inputs):
    return _resources("large")

def _huge(_os, _inputs):
    return _resources("huge")

# More than any machine has: Bazel runs such an action when no other runs. Of memory, since a long build asks for no core.
def _exclusive(_os, _inputs):
    return _resources("exclusive")

RESOURCE_SETS = {
    "exclusive": _exclusive,
    "huge": _huge,
    "large": _large,
    "long": _long,
    "medium": _medium,
    "small": _small,
}

# The sizes that leave memory enough to keep in it what a build writes.
IN_MEMORY = [size for size, values in SIZES.items() if values["in_memory"]]
