"""Values that the generator, the rules and the actions' programs share. No other file repeats them.

Starlark loads this file. The actions' programs import it as `contract` (`rules/actions/contract.py` is a symbolic link
to it), the generator as `fromager_gen.contract`. So it contains only literals that are the same in both languages.
"""

VERSION = "0.1.0"
MODULE = "fromager_gen"

# The release in `.bazelversion`, which the tests run, and the range of releases that can load the generated files.
BAZEL_VERSION = "7.7.1"
OLDEST_BAZEL = [7, 1]
NEWEST_BAZEL = [9, 99]

# The configuration in the generated .bazelrc for options that only Bazel 7 accepts.
BAZEL_7_CONFIG = "bazel7"

# Version of the module `rules_python`, which defines PyInfo for Bazel 9. Bazel 8.0 depends on this version.
RULES_PYTHON = "0.40.0"

# Version of the module `platforms`, on which Bazel 7.1 depends.
PLATFORMS_VERSION = "0.0.9"

# Files of a generated workspace, and the folder that contains its packages.
LOCK_FILE = "fromager.lock.json"
PLAN_FILE = "plan.json"
TOOLCHAINS_LOCK = "toolchains.lock.json"
EXTERNAL_FILE = "external.json"
PACKAGES = "packages"

# Prefixes of repository names, and the repository from which the labels of all others are derived.
ANCHOR_REPOSITORY = "fromager_files"
SDIST_REPOSITORY = "sdist_"
WHEEL_REPOSITORY = "wheel_"
CRATE_REPOSITORY = "crate_"
GIT_REPOSITORY = "git_"
LIBRARY_REPOSITORY = "library_"

# The repository that declares the toolchains of toolchains.lock.json.
TOOLCHAINS_REPOSITORY = "fromager_toolchains"

# Mnemonic of each action, and the first word of its progress message.
ACTIONS = {
    "ask": ["FromagerAsk", "Asking"],
    "cuda": ["FromagerCuda", "Unpacking"],
    "external": ["FromagerExternal", "Unpacking"],
    "install": ["FromagerInstall", "Installing"],
    "patch": ["FromagerPatch", "Patching"],
    "prebuilt": ["FromagerPrebuilt", "Taking"],
    "programs": ["FromagerPrograms", "Packing"],
    "python": ["FromagerPython", "Packing"],
    "repair": ["FromagerRepair", "Tagging"],
    "sysroot": ["FromagerSysroot", "Making"],
    "unpack": ["FromagerUnpack", "Unpacking"],
    "version": ["FromagerVersion", "Checking"],
    "vendor": ["FromagerVendor", "Vendoring"],
    "wheel": ["FromagerWheel", "Building"],
    "wheelhouse": ["FromagerWheelhouse", "Gathering"],
}

# Targets whose action calls a build backend, or uses a published wheel instead.
BACKEND_TARGETS = ["build_requires", "metadata", "wheel"]

# The program that copies shared libraries into wheels, as an external dependency.
PATCHELF = "dep:generic/patchelf"

# Text that an action writes before the path of a failed build's log.
LOG_NOTE = "The whole log: "

# Folder in which every build runs, private to the action. It is constant: compilers write paths into their output.
BUILD_ROOT = "/tmp/fromager-build"

# Programs that ./configure, Makefiles and build scripts expect. A package must declare others, such as git or cmake.
POSIX_PROGRAMS = [
    "awk",
    "basename",
    "bash",
    "cat",
    "chmod",
    "cmp",
    "cp",
    "cut",
    "date",
    "diff",
    "dirname",
    "echo",
    "egrep",
    "env",
    "expr",
    "false",
    "fgrep",
    "file",
    "find",
    "grep",
    "gunzip",
    "gzip",
    "head",
    "hostname",
    "id",
    "install",
    "ld.so",
    "ldd",
    "ln",
    "ls",
    "make",
    "mkdir",
    "mktemp",
    "mv",
    "nproc",
    "od",
    "patch",
    "perl",
    "printf",
    "pwd",
    "readlink",
    "realpath",
    "rm",
    "rmdir",
    "sed",
    "seq",
    "sh",
    "sleep",
    "sort",
    "stat",
    "tail",
    "tar",
    "tee",
    "test",
    "touch",
    "tr",
    "true",
    "uname",
    "uniq",
    "wc",
    "which",
    "xargs",
    "xz",
]

# For a wheel of another Python than the build's: the variable that names the file with its `sysconfig`, and the
# file's name in the build's folder `python`.
TARGET_PYTHON_VARIABLE = "FROMAGER_TARGET_PYTHON"
TARGET_PYTHON_FILE = "target.json"

# Options of the Python that runs an action's program: it ignores the user's site-packages and PYTHON* variables, and
# does not write bytecode. See https://docs.python.org/3/using/cmdline.html.
PYTHON_FLAGS = ["-B", "-E", "-P", "-S", "-s"]

# Platforms that wheels can be built for: Linux on each CPU, with each C library in its oldest version that the wheels
# run with. https://packaging.python.org/specifications/platform-compatibility-tags/
CPUS = ["aarch64", "x86_64"]
LIBC_VERSIONS = {"glibc": ["2.17", "2.28", "2.34", "2.36", "2.39"], "musl": ["1.2"]}

# The C libraries in Rust's names of targets: https://doc.rust-lang.org/rustc/platform-support.html
RUST_LIBCS = {"glibc": "gnu", "musl": "musl"}

# Versions of CUDA that a platform can have. Only those from CUDA_OF_CLANG on compile with the pinned clang and its C++
# library: the headers and compilers of older ones know neither.
CUDA_VERSIONS = ["12.6", "12.8", "12.9", "13.0", "13.1", "13.2", "13.3", "13.4", "13.5"]
CUDA_OF_CLANG = ["13.4", "13.5"]

# How the names of variants begin whose packages can't be built without their accelerator.
ACCELERATOR_VARIANTS = ["cuda", "rocm"]

# Number of processes that one build may start at a time, and time limit of a backend in seconds.
DEFAULT_JOBS = 2

# In `install_requires`: the wheel may require any package, because the graph was made only to build it.
ANY_REQUIREMENT = "*"
BUILD_TIMEOUT = 14400

# Values of the flag `//rules:file_order`: the default, and the one of the second build of `verify`.
FILE_ORDER = "archive"
REVERSED_FILE_ORDER = "reversed"

# Size classes of builds: the cores and megabytes that are declared to Bazel, and the `memory_per_job_gb` that each
# class is for (0: the class is not chosen by memory). A build with `in_memory` keeps all the files it writes in memory.
SIZES = {
    "exclusive": {"cpu": 100000, "gb_per_job": 0, "in_memory": False, "megabytes": 1000000000},
    "huge": {"cpu": 8, "gb_per_job": 0, "in_memory": False, "megabytes": 64000},
    "large": {"cpu": 4, "gb_per_job": 4, "in_memory": False, "megabytes": 16000},
    "long": {"cpu": 0, "gb_per_job": 0, "in_memory": True, "megabytes": 1000},
    "medium": {"cpu": 2, "gb_per_job": 2, "in_memory": False, "megabytes": 4000},
    "small": {"cpu": 1, "gb_per_job": 1, "in_memory": True, "megabytes": 1000},
}
DEFAULT_SIZE = "small"

# A build may take minutes if its files to compile, or its source archive, have at least this many bytes.
LONG_BUILD_BYTES = 1048576

# Suffixes of the code that a build compiles: files that are compiled, files that these include, and Rust.
COMPILED_SUFFIXES = [".c", ".cc", ".cpp", ".cu", ".cxx", ".f", ".f90", ".pyx"]
HEADER_SUFFIXES = [".h", ".hpp", ".pxd"]
RUST_SUFFIXES = [".rs"]

# Suffixes of source archives, preferred first, and the suffix of a git commit's archive.
ARCHIVE_SUFFIXES = [".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip"]
GIT_SUFFIX = ".tar"

# Limits of source archives.
MAX_ARCHIVE_BYTES = 8589934592
MAX_ARCHIVE_MEMBERS = 200000

# Source trees compress to about 1:60 at most. This limit is higher, and only small archives may exceed it.
MAX_ARCHIVE_RATIO = 200
RATIO_FREE_BYTES = 67108864

# Settings of each git command that makes an archive: no transports that run programs, no hooks, and a
# fixed umask in the tar.
GIT_SETTINGS = ["protocol.ext.allow=never", "core.hooksPath=/dev/null", "tar.umask=0022"]
GIT_TIMEOUT = 1800

# Libraries of the actions' programs, by import package, as source distributions in pure Python, packed without a build.
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

# Libraries that check the ELF files of wheels for a platform, in the same form. A workspace with hermetic toolchains
# uses them.
WHEEL_LIBRARIES = {
    "abi3info": {
        "distribution": "abi3info",
        "filename": "abi3info-2026.9.25.tar.gz",
        "sha256": "bfca7d2845517c15cee1ae5c4be0d4803070ac6837e9b0c4da1317b72b64dbc9",
    },
    "auditwheel": {
        "distribution": "auditwheel",
        "filename": "auditwheel-6.8.2.tar.gz",
        "sha256": "d007c4fd8c9c4b5113690ab0b159e05c5aa9b2d31b69efc40875826cc095594b",
    },
    "elftools": {
        "distribution": "pyelftools",
        "filename": "pyelftools-0.33.tar.gz",
        "sha256": "660d82dcbeb8e83d1702bd97f223f761625da06111c0cc988eac6b8ab0c1b61f",
    },
}
