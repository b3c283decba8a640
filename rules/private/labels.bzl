"""Labels of fetched files, without a hub that lists them.

A hub repository with a line for every file would make each package depend on the whole lock: one changed hash would
reload them all. A label's canonical prefix is taken from one repository that is always there, the anchor, and the
file's own repository name put in place of the anchor's.
"""

load(
    "//rules:contract.bzl",
    "ANCHOR_REPOSITORY",
    "CRATE_REPOSITORY",
    "LIBRARY_REPOSITORY",
    "SDIST_REPOSITORY",
    "WHEEL_REPOSITORY",
)

visibility(["//rules", "//rules/private"])

_ANCHOR = str(Label("@{}//:anchor".format(ANCHOR_REPOSITORY)))

def file_label(repository):
    """Returns the label of the file that a repository of the lock holds.

    Args:
      repository: (str) Name of the repository.
    """
    prefix, _, _ = _ANCHOR.rpartition(ANCHOR_REPOSITORY)
    return "{}{}//:file".format(prefix, repository)

def fetched_sdist(package, version):
    """Returns the label of a package's source as it was published.

    Args:
      package: (str) Canonical name.
      version: (str) Version in the alphabet of labels, as `fromager-gen` writes it.
    """
    return file_label("{}{}_{}".format(SDIST_REPOSITORY, package, version))

def fetched_wheel(package, version):
    """Returns the label of a pre-built wheel.

    Args:
      package: (str) Canonical name.
      version: (str) Version in the alphabet of labels.
    """
    return file_label("{}{}_{}".format(WHEEL_REPOSITORY, package, version))

def fetched_crates(names):
    """Returns the labels of crates.

    Args:
      names: (list of str) `name_version` of each, as in the lock.
    """
    return [file_label(CRATE_REPOSITORY + name) for name in names]

def library_label(distribution):
    """Returns the label of the source of a library that the actions' programs use.

    Args:
      distribution: (str) Canonical name.
    """
    return file_label(LIBRARY_REPOSITORY + distribution)

def fetched_git(sources):
    """Returns the labels of git sources' archives, each with the name that Cargo.lock has for it.

    Args:
      sources: (dict of str to str) Repository to Cargo.lock's name of the source.
    """
    return {file_label(repository): source for repository, source in sources.items()}
