"""Settings: one line that names the key, or a frozen object that holds."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from goodword.settings import KEYS, BadSetting, Keep, MailServer, load_settings


def test_everything_has_a_default(tmp_path: Path) -> None:
    settings = load_settings({"GOODWORD_DATA_DIR": str(tmp_path / "data")})
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/data/goodword.db"
    assert settings.public_url == ""
    assert (settings.rate_limit, settings.secure) == (600, False)
    assert [str(network) for network in settings.trusted_proxies] == ["127.0.0.1/32", "::1/128"]


def test_keys_are_made_once_and_kept_for_this_user_alone(tmp_path: Path) -> None:
    environ = {"GOODWORD_DATA_DIR": str(tmp_path / "data")}
    first, second = load_settings(environ), load_settings(environ)
    assert first.secret_keys == second.secret_keys
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data" / "secret_keys").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOODWORD_RATE_LIMIT", "many"),
        ("GOODWORD_KEEP", "visits"),
        ("GOODWORD_KEEP", "visits=0"),
        ("GOODWORD_KEEP", "messages=6"),
        ("GOODWORD_KEEP", "cookies=9"),
        ("GOODWORD_RATE_LIMIT", "-1"),
        ("GOODWORD_PUBLIC_URL", "go.shop.example"),
        ("GOODWORD_PUBLIC_URL", "ftp://go.shop.example"),
        ("GOODWORD_PUBLIC_URL", "https://go.shop.example/?x=1"),
        ("GOODWORD_PUBLIC_URL", "https://go .example"),
        ("GOODWORD_PUBLIC_URL", "https://go.example:99999"),
        ("GOODWORD_PUBLIC_URL", "https://user:pw@go.example/"),
        ("GOODWORD_PUBLIC_URL", "https://go.example/#x"),
        ("GOODWORD_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("GOODWORD_TRUSTED_PROXIES", "proxy"),
        ("GOODWORD_SECRET_KEYS", "short"),
        ("GOODWORD_METRICS_TOKEN", "short"),
        ("GOODWORD_METRICS_TOKEN", "long enough but with spaces"),
        ("GOODWORD_DATABASE_URL", "mysql://localhost/x"),
        ("GOODWORD_DATABASE_URL", "nonsense"),
        ("GOODWORD_DATA_DIR", "/proc/nowhere"),
        ("GOODWORD_SMTP_URL", "mail.example.com"),
        ("GOODWORD_SMTP_URL", "http://mail.example.com"),
        ("GOODWORD_SMTP_URL", "smtp://"),
        ("GOODWORD_SMTP_URL", "smtp://mail.example.com:99999"),
        ("GOODWORD_SMTP_URL", "smtp://ada:secret/word@mail.example.com"),
        ("GOODWORD_SMTP_URL", "smtp://ada@mail.example.com"),
        ("GOODWORD_SMTP_URL", "smtp://mail.example.com?tls=no"),
        ("GOODWORD_SMTP_URL", "smtp://mail .example.com"),
        ("GOODWORD_MAIL_FROM", "Shop"),
        ("GOODWORD_MAIL_FROM", "a@shop.example, b@shop.example"),
        ("GOODWORD_MAIL_FROM", "Shop <hello@shop>"),
    ],
)
def test_a_bad_value_is_named_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    environ = {"GOODWORD_DATA_DIR": str(tmp_path)} | {name: value}
    with pytest.raises(BadSetting) as refused:
        load_settings(environ)
    assert str(refused.value).startswith(name)
    assert "\n" not in str(refused.value)


def test_secrets_are_never_shown_in_full(tmp_path: Path) -> None:
    for name, secret in (("SECRET_KEYS", "x" * 31), ("METRICS_TOKEN", "y" * 15)):
        environ = {"GOODWORD_DATA_DIR": str(tmp_path), f"GOODWORD_{name}": secret}
        with pytest.raises(BadSetting) as refused:
            load_settings(environ)
        assert secret not in str(refused.value)
    kept = load_settings({"GOODWORD_DATA_DIR": str(tmp_path), "GOODWORD_METRICS_TOKEN": "z" * 16})
    assert "z" * 16 not in repr(kept)


def test_the_mail_server_and_who_writes_are_read(tmp_path: Path) -> None:
    environ = {
        "GOODWORD_DATA_DIR": str(tmp_path),
        "GOODWORD_SMTP_URL": "smtp://ada%40shop.example:a%2Fb%3Ac@mail.example.com",
        "GOODWORD_MAIL_FROM": "Café & Co <hello@shop.example>",
    }
    settings = load_settings(environ)
    wanted = MailServer("mail.example.com", 587, user="ada@shop.example", password="a/b:c")
    assert settings.mail_server == wanted
    assert "a/b:c" not in repr(settings)
    sender = settings.mail_from
    assert sender is not None
    assert (sender.display_name, sender.addr_spec) == ("Café & Co", "hello@shop.example")
    del environ["GOODWORD_MAIL_FROM"]
    assert str(load_settings(environ).mail_from) == "ada@shop.example"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://localhost", MailServer("localhost", 25)),
        ("smtp://[::1]:1025/", MailServer("::1", 1025)),
        ("SMTPS://mail.example.com", MailServer("mail.example.com", 465, tls=True)),
        (
            "smtps://u:p@mail.example.com:4650",
            MailServer("mail.example.com", 4650, tls=True, user="u", password="p"),
        ),
    ],
)
def test_a_mail_server_has_the_usual_port(tmp_path: Path, url: str, server: MailServer) -> None:
    environ = {"GOODWORD_DATA_DIR": str(tmp_path), "GOODWORD_MAIL_FROM": "hello@shop.example"}
    assert load_settings(environ | {"GOODWORD_SMTP_URL": url}).mail_server == server


def test_a_mail_server_without_anybody_to_write_stops_the_start(tmp_path: Path) -> None:
    environ = {"GOODWORD_DATA_DIR": str(tmp_path), "GOODWORD_SMTP_URL": "smtp://localhost"}
    with pytest.raises(BadSetting, match="GOODWORD_MAIL_FROM"):
        load_settings(environ)


def test_the_password_of_the_mail_server_is_never_shown(tmp_path: Path) -> None:
    url = "smtp://ada:hunter2@mail.example.com:hunter2"
    with pytest.raises(BadSetting) as refused:
        load_settings({"GOODWORD_DATA_DIR": str(tmp_path), "GOODWORD_SMTP_URL": url})
    assert "hunter2" not in str(refused.value)


def test_a_env_file_is_read_and_the_environment_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("GOODWORD_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("GOODWORD_RATE_LIMIT=7\nGOODWORD_PUBLIC_URL=https://a.example\n")
    monkeypatch.setenv("GOODWORD_PUBLIC_URL", "https://b.example/")
    settings = load_settings()
    assert (settings.rate_limit, settings.public_url) == (7, "https://b.example")


def test_the_database_is_for_this_user_alone(tmp_path: Path) -> None:
    load_settings({"GOODWORD_DATA_DIR": str(tmp_path)})
    assert stat.S_IMODE((tmp_path / "goodword.db").stat().st_mode) == 0o600


def test_what_keep_does_not_name_keeps_its_default(tmp_path: Path) -> None:
    environ = {"GOODWORD_DATA_DIR": str(tmp_path), "GOODWORD_KEEP": "visits=7, calls = 14"}
    assert load_settings(environ).keep == Keep(visits=7, calls=14)
    [key] = [each for each in KEYS if each.name == "GOODWORD_KEEP"]
    assert load_settings(environ | {"GOODWORD_KEEP": key.default}).keep == Keep()
