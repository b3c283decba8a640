"""What a build takes of the machine.

Bazel wants a top-level function for each answer, so there are a few fixed sizes. A size says what is declared to
Bazel; how many processes a build may start is the plan's `jobs`. Most builds keep one core busy, and a link is one thread
long: declaring one core and letting a build start two processes leaves no core idle.

Bazel starts what waits for a core in no useful order, and what takes longest must not wait: a long build declares no core, so
that it begins at once. It then has others beside it, which give way to it (see actions/priority.py).
"""

visibility("//rules/...")

# Megabytes that a build of one class may need; the plan picks the class from Fromager's memory_per_job_gb.
_MEGABYTES = {"small": 1000, "medium": 4000, "large": 16000, "huge": 64000}

def _small(_os, _inputs):
    return {"cpu": 1, "memory": _MEGABYTES["small"]}

def _long(_os, _inputs):
    return {"cpu": 0, "memory": _MEGABYTES["small"]}

def _medium(_os, _inputs):
    return {"cpu": 2, "memory": _MEGABYTES["medium"]}

def _large(_os, _inputs):
    return {"cpu": 4, "memory": _MEGABYTES["large"]}

def _huge(_os, _inputs):
    return {"cpu": 8, "memory": _MEGABYTES["huge"]}

# More than any machine has: Bazel runs such an action when no other runs. Of memory, since a long build asks for no core.
def _exclusive(_os, _inputs):
    return {"cpu": 100000, "memory": 1000000000}

RESOURCE_SETS = {
    "exclusive": _exclusive,
    "huge": _huge,
    "large": _large,
    "long": _long,
    "medium": _medium,
    "small": _small,
}

# The sizes that leave memory enough to keep in it what a build writes.
IN_MEMORY = ["long", "small"]
