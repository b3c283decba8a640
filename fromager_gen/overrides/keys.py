"""The keys of Fromager's settings: which exist, of which type, and what each does here.

`settings` reads these keys and no others, and docs/reference/settings.md is made from them (`tools/reference`).
"""

from typing import NamedTuple


class Key(NamedTuple):
    """One key, by its path in the file; ``VARIANT`` stands for the name of a variant."""

    path: str
    type: str
    effect: str
    """In Markdown, for the reference."""
    default: str = ""


PACKAGE_KEYS = (
    Key("annotations", "mapping", "none"),
    Key("build_dir", "text", "folder of the project in the source", "`.`"),
    Key(
        "build_options.build_ext_parallel",
        "boolean",
        "none; extensions are [compiled in parallel](../explanation/hermetic-builds.md#reproducible-output) where that "
        "is safe",
    ),
    Key(
        "build_options.cpu_cores_per_job",
        "whole number ≥ 1",
        "the jobs of a build are `-j` divided by this number, at least 1",
        "1",
    ),
    Key(
        "build_options.exclusive_build",
        "boolean",
        "no other build runs at the same time; the build gets `-j` jobs",
        "`false`",
    ),
    Key(
        "build_options.memory_per_job_gb",
        "number ≥ 0.1",
        "chooses the [size class](../explanation/resources.md#size-classes)",
        "1",
    ),
    Key("changelog", "version to list of texts", "[build tag](#build-tags)"),
    Key("config_settings", "name to text or list of texts", "settings for the backend"),
    Key(
        "download_source.destination_filename",
        "text",
        "name of the copy in `sdists-repo/downloads`; `${version}` and `${canonicalized_name}` are replaced",
    ),
    Key(
        "download_source.url",
        "text",
        "address of the source for a bootstrap; `${version}` and `${canonicalized_name}` are replaced",
    ),
    Key("env", "name to text, number or boolean", "[variables](#variables) of the build"),
    Key("git_options.submodule_paths", "list of paths", "the only submodules to include, with the submodules in them"),
    Key("git_options.submodules", "boolean", "whether a source from git includes its submodules", "`false`"),
    Key("project_override.remove_build_requires", "list of names", "removed from the build requirements"),
    Key("project_override.requires_external", "list", "added to the wheel's METADATA as `Requires-External`"),
    Key(
        "project_override.update_build_requires",
        "list of requirements",
        "added to the build requirements, or put in place of those of the same name. As in Fromager, a "
        "`project_override` also adds a plain `setuptools`, unless it names one",
    ),
    Key("purl.name", "text", "name in the package URL of the [SBOM](../how-to/sboms.md)", "name of the package"),
    Key("purl.namespace", "text", "namespace in the package URL"),
    Key("purl.repository_url", "address", "index in the package URL", "`sbom.repository_url`"),
    Key("purl.type", "text", "type of the package URL", "`sbom.purl_type`"),
    Key("purl.upstream", "package URL", "package URL of the source", "that of the wheel without an index"),
    Key("purl.version", "text", "version in the package URL", "version of the package"),
    Key(
        "resolver_dist.ignore_platform",
        "boolean",
        "whether wheels for other platforms count, if wheels are considered",
        "`false`",
    ),
    Key(
        "resolver_dist.include_sdists",
        "boolean",
        "whether versions with an sdist are considered",
        "`true`",
    ),
    Key(
        "resolver_dist.include_wheels",
        "boolean",
        "whether versions with a wheel are considered; their source needs `download_source.url`",
        "`false`",
    ),
    Key("resolver_dist.min_release_age", "days", "age that a release must have for a bootstrap", "`--min-release-age`"),
    Key("resolver_dist.sdist_server_url", "address", "package index of this package", "`--index-url`"),
    Key("resolver_dist.use_pypi_org_metadata", "boolean", "whether `package resolve` compares with the index"),
    Key("variants.VARIANT.annotations", "mapping", "none"),
    Key(
        "variants.VARIANT.env",
        "as `env`",
        "further variables; the package then uses the "
        "[accelerator](../how-to/toolchains.md#use-an-accelerator-for-a-package)",
    ),
    Key("variants.VARIANT.pre_built", "boolean", "[takes a published wheel](../how-to/pre-built-wheels.md)", "`false`"),
    Key("variants.VARIANT.wheel_server_url", "address", "the only index that is asked for a pre-built wheel"),
)
GLOBAL_KEYS = (
    Key("changelog", "variant to list of texts", "[build tag](#build-tags) of all packages"),
    Key("external_commands.delete_env", "list", "none; builds see no variables of the machine"),
    Key("external_commands.keep_env", "list", "none; builds see no variables of the machine"),
    Key("packages", "any", "none; a key of Fromager 0.27, see [`migrate-config`](commands.md)"),
    Key("pre_built", "any", "none; a key of Fromager 0.27, see [`migrate-config`](commands.md)"),
    Key(
        "sbom.creators",
        "list",
        "creators of the [SBOMs](../how-to/sboms.md), before this program. `sbom: {}` is enough for SBOMs",
    ),
    Key("sbom.namespace", "address", "beginning of the documents' namespaces; default: `https://spdx.org/spdxdocs`"),
    Key("sbom.purl_type", "text", "type of package URLs; default: `pypi`"),
    Key("sbom.repository_url", "address", "index in the package URLs of wheels"),
    Key("sbom.supplier", "text", "supplier of the wheels; default: `NOASSERTION`"),
    Key("wheels.build_tag_hook", "text", "[function that adds to build tags](plugins.md#build-tags)"),
)
OWN_GLOBAL_KEYS = (
    Key("build_tag", "template", "[build tag](#build-tags) of all wheels"),
    Key(
        "external",
        "list of dependencies",
        "[external dependencies](#external-dependencies) of all packages that may compile",
    ),
    Key("external_dependencies", "name to mapping", "[names of your own](#names-of-your-own), and how each is found"),
    Key(
        "external_libraries",
        "`graft` or `leave`",
        "[shared libraries](#shared-libraries) that a wheel loads",
        "`leave`; `graft` with `--platform`",
    ),
    Key("sbom.crate_licenses", "true or false", "[licenses of crates](../how-to/sboms.md) in wheels", "false"),
    Key("sbom.cyclonedx", "true or false", "[a second SBOM](../how-to/sboms.md) in wheels", "false"),
    Key("variants.VARIANT.build_tag", "template", "the same for one variant"),
)
OWN_PACKAGE_KEYS = (
    Key("build_tag", "template", "[build tag](#build-tags) of the wheel", "that of all wheels"),
    Key(
        "external",
        "list of dependencies",
        "[external dependencies](#external-dependencies), in place of those that are known or that the source states",
    ),
    Key(
        "external_libraries",
        "`graft` or `leave`",
        "[shared libraries](#shared-libraries) that the wheel loads",
        "that of all packages",
    ),
    Key("patch", "list of actions", "[changes to the source](#patch-actions), after the patch files"),
    Key("source", "mapping", "[where versions and source come from](#sources)", "`provider: pypi-sdist`"),
    Key("variants.VARIANT.build_tag", "template", "the same for one variant"),
    Key("variants.VARIANT.source", "mapping", "the same for one variant"),
    Key("versions", "specifier to mapping", "[settings of the matching versions](#settings-per-version)"),
)


def known_keys(keys: tuple[Key, ...], section: str = "") -> set[str]:
    """Return the names of the keys in one section, the file's top level by default."""
    start = f"{section}." if section else ""
    return {key.path.removeprefix(start).split(".")[0] for key in keys if key.path.startswith(start)}
