"""Resources of builds, as declared to Bazel.

Bazel requires a top-level function for each resource set
(https://bazel.build/rules/lib/builtins/actions#run), so there are a few fixed sizes. A size sets the resources that
are declared to Bazel. The number of processes that a build may start is `jobs` in the plan. Most builds use one core,
and linking runs in one thread, so no core is idle if a build declares one core and may start two processes.

Bazel does not start waiting actions in a useful order, and the longest builds must not wait. A long build therefore
declares no core, so that it starts at once. Other builds that run at the same time have a lower priority (see
actions/world/priority.py).
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

# More than any machine has: Bazel runs such an action only while no other action runs. Memory is declared in addition,
# because a long build declares no core.
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

# The sizes for which there is enough memory to keep the files that a build writes in memory.
IN_MEMORY = [size for size, values in SIZES.items() if values["in_memory"]]
