"""The certificates with which servers are verified."""

import os
import ssl
import subprocess
from pathlib import Path

import pytest
from support.servers import serving

from fromager_gen.errors import LockError
from fromager_gen.net import http, pip_settings


@pytest.fixture(autouse=True)
def no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure no certificates, neither in variables nor in pip's files."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    pip_settings._in_files.cache_clear()


def test_certificates_are_those_of_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert http.session().verify is True

    for name in ("openssl", "file", "variable"):
        (tmp_path / name).touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "openssl"))
    assert http.session().verify == str(tmp_path / "openssl")

    (tmp_path / "pip.conf").write_text(f"[global]\ncert = {tmp_path}/file\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    pip_settings._in_files.cache_clear()
    assert http.session().verify == str(tmp_path / "file")

    monkeypatch.setenv("PIP_CERT", str(tmp_path / "variable"))
    assert http.session().verify == str(tmp_path / "variable")


@pytest.mark.parametrize(
    ("variable", "says"),
    [("PIP_CERT", "pip's cert")] + [(name, name) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")],
)
def test_missing_certificates_are_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, says: str
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "none"))
    with pytest.raises(LockError, match=f"{says} is .*none, which does not exist"):
        http.session()


def test_untrusted_certificate_is_not_retried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*made.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    with serving(context) as server:
        address = server.say("/f", b"body").replace("http:", "https:")
        with http.session() as client, pytest.raises(LockError, match=r"certificate verify failed.*pip's `cert`"):
            http.download(client, address, tmp_path / "file", None, lambda _: None)
        assert not pauses

        monkeypatch.setenv("PIP_CERT", str(certificate))
        with http.session() as client:
            assert http.download(client, address, tmp_path / "file", None, lambda _: None).size == 4
