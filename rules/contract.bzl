"""What the generator, the rules and the actions' programs must agree on; no other file repeats these values.

Starlark loads this file. The actions' programs import it as `contract` (`rules/actions/contract.py` is a link to it),
and the generator loads it as `fromager_gen.contract`. So it holds nothing but literals that both languages read alike.
"""

VERSION = "0.1.0"
MODULE = "fromager_gen"

# What `.bazelversion` names, the release that the tests run; and the majors that the generated files load on.
BAZEL_VERSION = "7.7.1"
OLDEST_BAZEL = [7, 1]
NEWEST_BAZEL = [9, 99]

# The configuration in the generated .bazelrc with options that only Bazel 7 knows.
BAZEL_7_CONFIG = "bazel7"

# The module that PyInfo is loaded from, since Bazel 9 has none of its own: the version that Bazel 8.0 names.
RULES_PYTHON = "0.40.0"

# Files of a generated workspace, and the folder of its packages.
LOCK_FILE = "fromager.lock.json"
PLAN_FILE = "plan.json"
PACKAGES = "packages"

# Names of repositories: what they begin with, and the empty one that labels of all others are made from.
ANCHOR_REPOSITORY = "fromager_files"
SDIST_REPOSITORY = "sdist_"
WHEEL_REPOSITORY = "wheel_"
CRATE_REPOSITORY = "crate_"
GIT_REPOSITORY = "git_"
LIBRARY_REPOSITORY = "library_"

# Mnemonic of each action, and the word that its progress message begins with.
ACTIONS = {
    "ask": ["FromagerAsk", "Asking"],
    "install": ["FromagerInstall", "Installing"],
    "patch": ["FromagerPatch", "Patching"],
    "prebuilt": ["FromagerPrebuilt", "Taking"],
    "programs": ["FromagerPrograms", "Packing"],
    "unpack": ["FromagerUnpack", "Unpacking"],
    "vendor": ["FromagerVendor", "Vendoring"],
    "wheel": ["FromagerWheel", "Building"],
    "wheelhouse": ["FromagerWheelhouse", "Gathering"],
}

# The targets whose action calls a backend, or takes a published wheel in its place.
BACKEND_TARGETS = ["build_requires", "metadata", "wheel"]

# Written by an action before the path of a failed build's log.
LOG_NOTE = "The whole log: "

# Where every build stands: one path, since compilers write paths into what they make. Private to the action.
BUILD_ROOT = "/tmp/fromager-build"

# Processes that one build may start at a time, and seconds that a backend may take.
DEFAULT_JOBS = 2
BUILD_TIMEOUT = 14400

# Size classes of builds: cores and megabytes that are declared to Bazel, and the gigabytes of memory_per_job_gb that
# they are for (0: not chosen by memory). A build `in_memory` keeps all that it writes in memory.
SIZES = {
    "exclusive": {"cpu": 100000, "gb_per_job": 0, "in_memory": False, "megabytes": 1000000000},
    "huge": {"cpu": 8, "gb_per_job": 0, "in_memory": False, "megabytes": 64000},
    "large": {"cpu": 4, "gb_per_job": 4, "in_memory": False, "megabytes": 16000},
    "long": {"cpu": 0, "gb_per_job": 0, "in_memory": True, "megabytes": 1000},
    "medium": {"cpu": 2, "gb_per_job": 2, "in_memory": False, "megabytes": 4000},
    "small": {"cpu": 1, "gb_per_job": 1, "in_memory": True, "megabytes": 1000},
}
DEFAULT_SIZE = "small"

# A build with this many bytes to compile, or of source archive, may take minutes.
LONG_BUILD_BYTES = 1048576

# Files that are compiled, and files that these include. Only a build with headers at hand counts the latter.
COMPILED_SUFFIXES = [".c", ".cc", ".cpp", ".cu", ".cxx", ".f", ".f90", ".pyx"]
HEADER_SUFFIXES = [".h", ".hpp", ".pxd"]
RUST_SUFFIXES = [".rs"]

# Suffixes of source archives, the preferred one first, and that of a git commit's archive.
ARCHIVE_SUFFIXES = [".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip"]
GIT_SUFFIX = ".tar"

# Bounds of source archives.
MAX_ARCHIVE_BYTES = 8589934592
MAX_ARCHIVE_MEMBERS = 200000

# A source tree packs at most about 1:60 as a whole; this allows for more, and only small archives may pass it.
MAX_ARCHIVE_RATIO = 200
RATIO_FREE_BYTES = 67108864

# Settings of every git that makes an archive: no transport that runs programs, no hooks, nothing that changes the tar.
GIT_SETTINGS = ["protocol.ext.allow=never", "core.hooksPath=/dev/null", "tar.umask=0022"]
GIT_TIMEOUT = 1800

# The libraries that the actions' programs use, by the package that is imported, as source distributions. They are
# packed, not built: each is pure Python.
LIBRARIES = {
    "installer": {
        "distribution": "installer",
        "filename": "installer-1.1.0.tar.gz",
        "sha256": "5adc0c01ce62d809989e246987cd68944fe5df8af562d0358f65b2ab15cb5de7",
    },
    "pyproject_hooks": {
        "distribution": "pyproject-hooks",
        "filename": "pyproject_hooks-1.3.3.tar.gz",
        "sha256": "defda19b854fa0d3bd4f76ea4ddcba8abd7dcfcdd585a6690ade050744fc5f43",
    },
    "tomlkit": {
        "distribution": "tomlkit",
        "filename": "tomlkit-0.15.2.tar.gz",
        "sha256": "83e32755ba1d20d9340bd069ee97e9f6232ba2346b63ffcba425de01f7e327a6",
    },
}
