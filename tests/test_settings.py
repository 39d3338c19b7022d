"""Settings: where they come from, and what is said when they cannot be used."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from impasse.adapters.files.shipped import shipped
from impasse.domain.errors import Unreadable
from impasse.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def quiet_surroundings(monkeypatch, tmp_path):
    """An empty working directory, and nothing of impasse in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("IMPASSE_")]:
        monkeypatch.delenv(name)


def complaint() -> str:
    with pytest.raises(Unreadable) as refusal:
        load_settings()
    assert "\n" not in refusal.value.text.nl
    return refusal.value.text.en


def test_without_file_or_environment_the_defaults_hold():
    settings = load_settings()
    assert settings == Settings()
    assert settings.database_url == "sqlite:///impasse.db"
    assert (settings.host, settings.port, settings.language) == ("127.0.0.1", 8000, "nl")


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(monkeypatch, tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('port = 9000\nhost = "0.0.0.0"\n')
    monkeypatch.setenv("IMPASSE_CONFIG", str(file))
    monkeypatch.setenv("IMPASSE_PORT", "9001")
    settings = load_settings()
    assert (settings.host, settings.port, settings.sweep_seconds) == ("0.0.0.0", 9001, 30)  # noqa: S104


def test_the_usual_file_is_read_when_it_is_there(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/impasse.toml").write_text("writer_batch = 8\n")
    assert load_settings().writer_batch == 8


def test_settings_made_by_hand_take_nothing_from_their_surroundings(monkeypatch):
    monkeypatch.setenv("IMPASSE_PORT", "9001")
    assert Settings(host="::1").port == 8000


def test_settings_do_not_change():
    with pytest.raises(ValidationError):
        Settings().port = 1


def test_an_unknown_variable_is_refused_and_the_nearest_named(monkeypatch):
    monkeypatch.setenv("IMPASSE_DATABASE_ULR", "x")
    assert complaint() == (
        "IMPASSE_DATABASE_ULR is not a setting; did you mean IMPASSE_DATABASE_URL?"
    )


def test_an_unknown_key_in_the_file_is_refused_and_the_nearest_named(monkeypatch, tmp_path):
    (tmp_path / "own.toml").write_text("prot = 1\n")
    monkeypatch.setenv("IMPASSE_CONFIG", "own.toml")
    assert complaint() == "own.toml: prot is not a setting; did you mean port?"


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("PORT", "eighty", "a whole number from 1 to 65535"),
        ("PORT", "70000", "a whole number from 1 to 65535"),
        ("LANGUAGE", "fy", "nl or en"),
        ("ALLOW_PRIVATE_WEBHOOKS", "perhaps", "true or false"),
        ("SOURCE_OIN", "123", "an OIN of 20 digits"),
        ("PUBLIC_URL", "impasse.example", "an address that begins with https:// or http://"),
        ("DATABASE_URL", "postgres://x", "sqlite:///FILE or postgresql+psycopg://"),
        ("SECOND_FACTOR", "everybody", "auto, none, all, or roles with spaces"),
        ("SECRET_KEY", "short", "32 to 200 signs"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_remedy(monkeypatch, name, value, remedy):
    monkeypatch.setenv(f"IMPASSE_{name}", value)
    assert complaint().startswith(f"IMPASSE_{name} cannot be used; give {remedy}")


def test_a_fault_in_the_file_is_told_at_its_place_and_all_faults_at_once(monkeypatch, tmp_path):
    (tmp_path / "own.toml").write_text('port = 0\nhost = 5\nlanguage = "fy"\n')
    monkeypatch.setenv("IMPASSE_CONFIG", "own.toml")
    said = complaint()
    assert all(f"own.toml: {name} cannot" in said for name in ("port", "host", "language"))
    assert "give a text between quotation marks" in said


def test_a_password_in_a_refused_address_is_not_repeated(monkeypatch):
    monkeypatch.setenv("IMPASSE_DATABASE_URL", "mysql://root:geheim@db/x")
    assert "geheim" not in complaint()


def test_a_file_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("IMPASSE_CONFIG", "elsewhere.toml")
    assert "elsewhere.toml does not exist" in complaint()


def test_a_file_that_is_not_toml_is_told_with_its_line(monkeypatch, tmp_path):
    (tmp_path / "own.toml").write_text("port = 1\nhost 5\n")
    monkeypatch.setenv("IMPASSE_CONFIG", "own.toml")
    assert re.search(r"own\.toml: this is not TOML .*line 2", complaint())


def test_a_file_in_another_encoding_is_refused(monkeypatch, tmp_path):
    (tmp_path / "own.toml").write_bytes('host = "café"'.encode("latin-1"))
    monkeypatch.setenv("IMPASSE_CONFIG", "own.toml")
    assert "not text in UTF-8" in complaint()


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no file that fails when read")
def test_a_file_that_fails_when_it_is_read_is_named(monkeypatch):
    monkeypatch.setenv("IMPASSE_CONFIG", "/proc/self/mem")
    assert "/proc/self/mem: cannot be read" in complaint()


def test_links_go_to_the_public_address_or_else_to_host_and_port():
    assert Settings(port=9000).address == "http://127.0.0.1:9000"
    assert Settings(public_url="https://impasse.example/").address == "https://impasse.example"


def test_the_example_holds_the_defaults_and_nothing_unknown():
    example = tomllib.loads(shipped("config", "impasse.example.toml").read_text())
    assert Settings(**example) == Settings()


def test_every_setting_stands_in_the_example_and_has_a_description():
    example = shipped("config", "impasse.example.toml").read_text()
    for name, field in Settings.model_fields.items():
        assert re.search(rf"^(# )?{name} = ", example, re.MULTILINE), name
        assert field.description, name


def test_own_files_take_the_place_of_the_shipped_ones():
    own = Path("own")
    settings = Settings(workflows=own, calendar=own, early_warning=own, organisations=own)
    assert settings.workflows_folder == settings.calendar_file == own
    assert settings.early_warning_file == settings.organisations_file == own
    assert Settings().workflows_folder == shipped("workflows")


@pytest.mark.parametrize(
    ("wanted", "address", "who"),
    [
        ("auto", "https://impasse.example", "administrator mediator secretariat"),
        ("auto", "http://impasse.example", ""),
        ("auto", None, ""),
        ("none", "https://impasse.example", ""),
        ("mediator supervisor", None, "mediator supervisor"),
        ("all", None, "administrator liaison_officer mediator secretariat supervisor"),
    ],
)
def test_who_needs_a_second_factor_follows_from_setting_and_address(wanted, address, who):
    settings = Settings(second_factor=wanted, public_url=address)
    assert " ".join(sorted(settings.roles_with_second_factor)) == who
