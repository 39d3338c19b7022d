"""`impasse mail test` and `impasse doctor` say of e-mail what is so, and how to mend it."""

from __future__ import annotations

import json

import pytest

from mail_relay import PASSWORD, USER, authority, relay, rude

# A relay of these tests lets one log in without TLS.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@pytest.fixture
def told(impasse, monkeypatch):
    """Run a command line with settings of e-mail; return its status, answer and complaint."""

    def run(*words, **settings):
        for name, value in settings.items():
            monkeypatch.setenv(f"IMPASSE_{name.upper()}", str(value))
        return impasse(*words)

    return run


LETTER = {"mail_from": "impasse@overheid.example", "smtp_host": "127.0.0.1"}


def test_a_trial_message_says_exactly_what_happened(told):
    with relay() as server:
        status, answer, _ = told(
            "mail", "test", "--to", "bea@overheid.example",
            smtp_port=server.port, smtp_security="none", **LETTER,
        )  # fmt: skip

    [letter] = server.letters
    assert status == 0
    assert f"127.0.0.1:{server.port}, none" in answer
    assert letter.message["Message-ID"] in answer
    assert "250 OK queued as 42" not in answer  # the code is for machines,
    assert "OK queued as 42" in answer  # the words are for whoever looks it up there
    assert "nog niet bezorgd" in answer
    assert letter.message["Subject"] == "Dit is een proefbericht van impasse"
    assert letter.recipients == ["bea@overheid.example"]


def test_a_refusal_is_told_with_its_step_and_its_remedy(told):
    with relay() as server:
        server.at_recipient = lambda _address: "550 5.1.1 unknown here"
        status, answer, _ = told(
            "mail", "test", "--to", "wie@overheid.example", "--language", "en",
            "--format", "json",
            smtp_port=server.port, smtp_security="none", **LETTER,
        )  # fmt: skip

    assert status == 1
    said = json.loads(answer)
    assert said["taken_over"] is False
    assert said["answer"] == (
        "failed at the recipient: 550 5.1.1 unknown here. Look at the address."
    )


def test_a_trial_needs_a_mail_server_and_an_address(told):
    status, _, complaint = told("mail", "test", "--to", "bea@overheid.example")
    assert status == 2
    assert "zet smtp_host en mail_from" in complaint

    status, _, complaint = told("mail", "test", "--to", "bea", smtp_port=1, **LETTER)
    assert status == 2
    assert "--to: Dit is geen e-mailadres" in complaint


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"smtp_host": "smtp.example"}, "noem het adres van de afzender"),
        ({**LETTER, "smtp_user": "a"}, "smtp_user en smtp_password horen bij elkaar"),
        (
            {**LETTER, "smtp_security": "none", "smtp_user": "a", "smtp_password": "geheim-x"},
            "een wachtwoord gaat nooit onversleuteld",
        ),
        (
            {**LETTER, "smtp_host": "smtp.example", "smtp_security": "none"},
            "smtp.example is dat niet; kies starttls of tls, of zet allow_plain_smtp",
        ),
        ({**LETTER, "smtp_ca_file": "er-niet.pem"}, "smtp_ca_file: er-niet.pem kan niet"),
        ({**LETTER, "mail_bounces": "a..b@c.example"}, "mail_bounces: dit is geen e-mailadres"),
        ({**LETTER, "public_url": "https://x:99999"}, "is geen adres voor links in e-mail"),
        ({**LETTER, "mail_from": "réné@c.example"}, "mail_from: gebruik voor het eigen adres"),
    ],
)
def test_settings_that_do_not_belong_together_are_refused_in_one_sentence(told, settings, sentence):
    status, _, complaint = told("mail", "test", "--to", "bea@overheid.example", **settings)
    assert status == 2
    assert sentence in complaint
    assert "geheim-x" not in complaint
    assert complaint.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("smtp_port", "0", "geef een geheel getal van 1 tot en met 65535"),
        ("smtp_host", "smtp.example:25/x", "geef de naam of het adres van een mailserver"),
        ("smtp_security", "ssl", "geef starttls of tls of none"),
        ("smtp_password", "geheimé", "zonder accenten"),
        ("mail_from", "impasse", "geef een e-mailadres, zoals"),
        ("chat_schemes", "slack, tgram", "namen van chatdiensten met spaties ertussen"),
    ],
)
def test_a_setting_that_cannot_be_used_says_what_can(told, name, value, sentence):
    status, _, complaint = told("mail", "test", "--to", "bea@overheid.example", **{name: value})
    assert status == 2
    assert sentence in complaint
    assert "geheim" not in complaint


def test_the_doctor_looks_at_the_mail_server_and_sends_nothing(told, tmp_path):
    def doctor(**settings):
        _, answer, _ = told("doctor", "--format", "json", **settings)
        [found] = [one for one in json.loads(answer) if one["what"] == "e-mail"]
        return found["well"], found["words"]

    told("db", "upgrade")
    assert doctor() == (True, "uit; ieder leest in het product zelf")

    trusted = authority(tmp_path)
    with relay(trusted.server("localhost"), login=True) as server:
        there = {
            "mail_from": LETTER["mail_from"],
            "smtp_host": "localhost",
            "smtp_port": server.port,
            "smtp_user": USER,
            "smtp_password": PASSWORD,
            "smtp_ca_file": trusted.file,
        }
        well, words = doctor(**there)
        assert well, words
        assert words.startswith(f"localhost:{server.port}, starttls (TLSv1.")
        well, words = doctor(**there | {"smtp_password": "fout-geheim"})
        assert not well
        assert "mislukt bij aanmelden: 535" in words
        assert "Kijk naar smtp_user en smtp_password." in words
        assert "fout-geheim" not in words
        assert not server.letters
        assert not server.said

    with rude(lambda connection: connection.sendall(b"220 hello\r\n")) as port:
        well, words = doctor(
            smtp_port=port, smtp_timeout_seconds=1, smtp_host="127.0.0.1", smtp_password=PASSWORD
        )
    assert not well
    assert "geen mailserver" not in words
    assert "mislukt bij verbinden" in words
