"""Labels of fetched files, without a hub repository.

With a hub repository that lists all files, each package would depend on the whole lock, and one changed hash would
reload all packages. These functions derive a label from the anchor, a repository that always exists: they replace the
anchor's name in its canonical label by the name of the file's repository.
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
    """Returns the label of the file in a repository of the lock.

    Args:
      repository: (str) Name of the repository.
    """
    prefix, _, _ = _ANCHOR.rpartition(ANCHOR_REPOSITORY)
    return "{}{}//:file".format(prefix, repository)

def fetched_sdist(package, version):
    """Returns the label of a package's source as published.

    Args:
      package: (str) Canonical name.
      version: (str) Version, escaped for labels as `fromager-gen` writes it.
    """
    return file_label("{}{}_{}".format(SDIST_REPOSITORY, package, version))

def fetched_wheel(package, version):
    """Returns the label of a pre-built wheel.

    Args:
      package: (str) Canonical name.
      version: (str) Version, escaped for labels.
    """
    return file_label("{}{}_{}".format(WHEEL_REPOSITORY, package, version))

def fetched_crates(names):
    """Returns the labels of crates.

    Args:
      names: (list of str) `name_version` of each crate, as in the lock.
    """
    return [file_label(CRATE_REPOSITORY + name) for name in names]

def library_label(distribution):
    """Returns the label of the source distribution of a library that the actions' programs use.

    Args:
      distribution: (str) Canonical name.
    """
    return file_label(LIBRARY_REPOSITORY + distribution)

def fetched_git(sources):
    """Returns the labels of the archives of git sources, each with the source as written in Cargo.lock.

    Args:
      sources: (dict of str to str) Sources as written in Cargo.lock, by repository name.
    """
    return {file_label(repository): source for repository, source in sources.items()}
