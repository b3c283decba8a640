"""From which layer wheels came, such as a cache or a worker, and the time that this saved."""

from collections import Counter
from collections.abc import Callable, Iterable

from fromager_gen.contract import ACTIONS
from fromager_gen.execution.log import Spawn
from fromager_gen.terminal import counted

_UP_TO_DATE = "up to date"
# Layers in the order in which Bazel asks them. Other runners than these are sandboxes of this machine.
_CACHES = {"disk cache hit": "from the disk cache", "remote cache hit": "from the remote cache"}
_WORKERS = {"remote": "built on workers"}
_HERE = "built here"
_ORDER = (_UP_TO_DATE, *_CACHES.values(), _HERE, *_WORKERS.values())
# Mnemonics of the actions that make wheels.
_MAKING = {ACTIONS[name][0] for name in ("prebuilt", "wheel")}


def layers_text(labels: Iterable[str], spawns: Iterable[Spawn], seconds: Callable[[Spawn], float]) -> str:
    """Return a line such as ``3 wheels: 1 up to date, 2 from the disk cache (31 s saved)``.

    Args:
        labels: labels of all wheels.
        spawns: the actions of all builds of a command, the oldest first.
        seconds: returns how long an action took where it was executed; 0 if that is not known.
    """
    wanted = set(labels)
    made = {spawn.label: spawn for spawn in spawns if spawn.label in wanted and makes_wheel(spawn)}
    counts = Counter(_layer(spawn) for spawn in made.values())
    times = dict.fromkeys(_ORDER, 0.0)
    for spawn in made.values():
        times[_layer(spawn)] += seconds(spawn)
    counts[_UP_TO_DATE] = len(wanted) - len(made)
    rows = [f"{counts[layer]} {layer}{_took(layer, round(times[layer]))}" for layer in _ORDER if counts[layer]]
    return f"{counted(len(wanted), 'wheel')}: {', '.join(rows)}"


def makes_wheel(spawn: Spawn) -> bool:
    """Return whether an action has made a wheel."""
    return spawn.mnemonic in _MAKING and not spawn.exit_code


def _layer(spawn: Spawn) -> str:
    return _CACHES.get(spawn.runner) or _WORKERS.get(spawn.runner) or _HERE


def _took(layer: str, seconds: int) -> str:
    if not seconds:
        return ""
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f" ({text})" if layer in (_HERE, *_WORKERS.values()) else f" ({text} saved)"
