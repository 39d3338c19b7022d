"""What is wrong with a command line, told in two languages."""

from __future__ import annotations

import pytest
from typer import BadParameter, TyperException

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


def test_what_nobody_translated_is_told_as_it_is_and_in_one_line():
    said = usage_sentence(TyperException("Something\n  unheard of"))
    assert said.nl == "Something unheard of. Zie: impasse --help"
    assert said.en == "Something unheard of. See: impasse --help"
