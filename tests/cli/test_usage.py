"""What is wrong with a command line, told in two languages."""

from __future__ import annotations

import pytest
from typer import BadParameter, TyperException
from typer.main import get_command

from impasse.cli.main import app
from impasse.cli.usage import usage_sentence


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("Missing command.", "Noem een opdracht."),
        ("Missing option '--role'.", "De optie '--role' ontbreekt."),
        ("Option '--port' requires an argument.", "De optie '--port' vraagt om een waarde."),
        ("Option '--demo' does not take a value.", "De optie '--demo' neemt geen waarde aan."),
        ("Got unexpected extra argument (more)", "Dit is te veel: more."),
        (
            "No such option: --prot (Possible options: --port)",
            "Er is geen optie --prot; bedoelt u --port?",
        ),
    ],
)
def test_what_the_parser_says_is_told_in_dutch_too(english, dutch):
    said = usage_sentence(TyperException(english))
    assert said.nl == f"{dutch} Zie: impasse --help"
    assert said.en.startswith(english)


def test_a_bad_value_keeps_what_is_wrong_with_it():
    said = usage_sentence(BadParameter("'x' is not a day.", param_hint="'START'"))
    assert said.nl == "De waarde voor 'START' kan zo niet: 'x' is not a day. Zie: impasse --help"


@pytest.mark.parametrize(
    ("line", "dutch", "english"),
    [
        ("serve --port 99999", "kies ten hoogste 65535.", "less than or equal to 65535."),
        ("token add anna --days 0", "kies ten minste 1.", "greater than or equal to 1."),
        ("serve --port acht", "schrijf een geheel getal.", "a valid integer"),
        (
            "audit verify --format xml",
            "'xml' is er geen; kies uit 'text', 'json'.",
            "'xml' is not one of 'text', 'json'.",
        ),
        (
            "term 2027-02-12 P6W --basis foo",
            (
                "'foo' is er geen; kies uit 'statute', 'regulation', 'ordinance', 'agreement', "
                "'internal'."
            ),
            "'foo' is not one of 'statute',",
        ),
    ],
)
def test_a_value_that_is_refused_is_told_wholly_in_one_language(line, dutch, english):
    with pytest.raises(BadParameter) as refused:
        get_command(app).main(line.split(), prog_name="impasse", standalone_mode=False)

    said = usage_sentence(refused.value)
    option = line.split()[-2]
    assert said.nl.startswith(f"De waarde voor '{option}' kan zo niet: {dutch} Zie: impasse ")
    assert said.en.startswith(f"Invalid value for '{option}': ")
    assert english in said.en
    assert "Value error" not in said.en


def test_what_nobody_translated_is_told_as_it_is_and_in_one_line():
    said = usage_sentence(TyperException("Something\n  unheard of"))
    assert said.nl == "Something unheard of. Zie: impasse --help"
    assert said.en == "Something unheard of. See: impasse --help"
