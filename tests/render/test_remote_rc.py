"""The text of remote.bazelrc."""

from pathlib import Path

from fromager_gen.render import RemoteServer, remote_rc


def lines(server: RemoteServer) -> list[str]:
    return [line for line in remote_rc(server).splitlines() if not line.startswith("#")]


def test_a_cache_alone() -> None:
    assert lines(RemoteServer("https://cache.test/a")) == ["build:remote-init --remote_cache=https://cache.test/a"]


def test_every_option_of_a_server() -> None:
    server = RemoteServer(
        cache="grpcs://cache.test",
        executor="grpcs://workers.test",
        instance="team/one",
        certificate=Path("/ca.pem"),
        client_certificate=Path("/me.pem"),
        client_key=Path("/me.key"),
        headers=(("x-api-key", "se sa\"me\\ '#"),),
        credential_helpers=("*.test=/usr/bin/helper",),
    )

    assert lines(server) == [
        "build:remote-init --remote_cache=grpcs://cache.test",
        "build:remote-init --remote_instance_name=team/one",
        "build:remote-init --tls_certificate=/ca.pem",
        "build:remote-init --tls_client_certificate=/me.pem",
        "build:remote-init --tls_client_key=/me.key",
        'build:remote-init "--remote_header=x-api-key=se sa\\"me\\\\ \'#"',
        "build:remote-init --credential_helper=*.test=/usr/bin/helper",
        "build:remote-init-executor --remote_executor=grpcs://workers.test",
    ]


def test_paths_do_not_depend_on_the_folder_in_which_bazel_runs() -> None:
    assert lines(RemoteServer("grpcs://a.test", certificate=Path("ca.pem")))[1].endswith(f"={Path.cwd()}/ca.pem")
