"""What every Python inside a build environment loads first: the closed world's last two rules.

This file is put into the environment as text and imports nothing of ours.
"""

import sys


def _fixed_temporary_names(tempfile):
    """Count instead of drawing: a backend that builds in a temporary folder writes its name into debug information."""

    class Counted:
        def __init__(self):
            self.count = 0

        def __iter__(self):
            return self

        def __next__(self):
            self.count += 1
            return f"{self.count:08d}"

    tempfile._RandomNameSequence = Counted


def _parallel_extensions(build_ext):
    """Compile a package's extensions side by side where no two of them write the same object file."""
    import os

    base = build_ext._du_build_ext if hasattr(build_ext, "_du_build_ext") else build_ext._build_ext
    serial = base.build_extensions
    jobs = int(os.environ.get("MAX_JOBS") or 1)

    def objects(extensions):
        return [os.path.splitext(source)[0] for extension in extensions for source in extension.sources]

    def is_safe(command):
        from setuptools.extension import Library

        extensions = command.extensions
        if any(isinstance(extension, Library) for extension in extensions):
            return False
        for kind in type(command).__mro__:
            owner = kind.__module__.split(".")[0]
            if owner not in ("setuptools", "distutils", "Cython", "builtins"):
                if {"build_extensions", "build_extension"} & set(vars(kind)):
                    return False
        written = objects(extensions)
        return len(written) == len(set(written)) and not any(s.endswith(".i") for e in extensions for s in e.sources)

    def build_extensions(self):
        if jobs > 1 and not self.parallel and len(self.extensions) > 1 and is_safe(self):
            self.parallel = jobs
        return serial(self)

    base.build_extensions = build_extensions


class _AfterImport:
    """Import hook: hands a module to a function once it is loaded, so that a Python that never needs it pays nothing."""

    actions = {"tempfile": _fixed_temporary_names, "setuptools.command.build_ext": _parallel_extensions}

    def find_spec(self, name, path=None, target=None):
        action = self.actions.get(name)
        if action is None:
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if finder is not self else None
            if spec is not None and spec.loader is not None:
                spec.loader = _Loader(spec.loader, action)
                return spec
        return None


class _Loader:
    def __init__(self, loader, action):
        self._loader, self._action = loader, action

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        self._loader.exec_module(module)
        self._action(module)

    def __getattr__(self, name):
        return getattr(self._loader, name)


sys.meta_path.insert(0, _AfterImport())
for _name, _action in _AfterImport.actions.items():
    if _name in sys.modules:
        _action(sys.modules[_name])
