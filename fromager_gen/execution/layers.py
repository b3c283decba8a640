"""From which layer wheels came, such as a cache or a worker, and the time that this saved."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from fromager_gen.contract import ACTIONS, LOG_SECONDS
from fromager_gen.execution.log import Spawn

UP_TO_DATE = "up to date"
# Layers in the order in which Bazel asks them. Other runners than these are sandboxes of this machine.
_CACHES = {"disk cache hit": "from the disk cache", "remote cache hit": "from the remote cache"}
_WORKERS = {"remote": "built on workers"}
_HERE = "built here"
_ORDER = (UP_TO_DATE, *_CACHES.values(), _HERE, *_WORKERS.values())
_TAIL = 100
# Mnemonics of the actions that make wheels.
_MAKING = {ACTIONS[name][0] for name in ("prebuilt", "wheel")}


def layers_text(labels: Iterable[str], spawns: Iterable[Spawn], seconds: Mapping[str, float]) -> str:
    """Return a line such as ``3 wheels: 1 up to date, 2 from the disk cache (31 s saved)``.

    Args:
        labels: labels of all wheels.
        spawns: the actions of all builds of a command, the oldest first.
        seconds: how long the build of each wheel took, wherever and whenever it was built, by label.
    """
    wanted = set(labels)
    layers = dict.fromkeys(wanted, UP_TO_DATE)
    for spawn in spawns:
        if spawn.label in wanted and spawn.mnemonic in _MAKING and not spawn.exit_code:
            layers[spawn.label] = _CACHES.get(spawn.runner) or _WORKERS.get(spawn.runner) or _HERE
    counts = Counter(layers.values())
    times = dict.fromkeys(_ORDER, 0.0)
    for label, layer in layers.items():
        times[layer] += seconds.get(label, 0)
    rows = [f"{counts[layer]} {layer}{_took(layer, round(times[layer]))}" for layer in _ORDER if counts[layer]]
    return f"{len(wanted)} wheel{'' if len(wanted) == 1 else 's'}: {', '.join(rows)}"


def seconds_of(log: Path) -> float:
    """Return how long a build took that wrote a log; 0 if the log does not say."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            last = file.read().decode("utf-8", "replace").rstrip().rpartition("\n")[2]
        return float(last.removeprefix(LOG_SECONDS)) if last.startswith(LOG_SECONDS) else 0
    except (OSError, ValueError):
        return 0


def _took(layer: str, seconds: int) -> str:
    if not seconds:
        return ""
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f" ({text})" if layer in (_HERE, *_WORKERS.values()) else f" ({text} saved)"
