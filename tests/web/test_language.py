"""Two languages, and nothing forgotten in either."""

from __future__ import annotations

import re

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from impasse.web.rendering import CATALOGUES, TEMPLATES, Rendering

_HOLE = re.compile(r"%\((\w+)\)s")


def _in_templates():
    found = extract_from_dir(
        str(TEMPLATES),
        method_map=[("**.html", "jinja2")],
        options_map={
            "**.html": {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.do"}
        },
        keywords={"_": None, "gettext": None, "ngettext": (1, 2)},
    )
    for file, line, message, *_ in found:
        yield f"{file}:{line}", (message if isinstance(message, tuple) else (message,))


def _in_catalogues():
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    yield path.name, message


def test_every_sentence_in_the_templates_has_its_english():
    english = {}
    for _, message in _in_catalogues():
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        english[key] = message.string

    lacking = []
    for place, message in _in_templates():
        told = english.get(message[0])
        if not told or (isinstance(told, tuple) and not all(told)):
            lacking.append(f"{place}: {message[0]}")

    assert not lacking


def test_english_has_the_same_holes_as_the_dutch():
    for file, message in _in_catalogues():
        dutch = message.id if isinstance(message.id, tuple) else (message.id,)
        english = message.string if isinstance(message.string, tuple) else (message.string,)
        holes = {hole for text in dutch for hole in _HOLE.findall(text)}
        for text in english:
            assert set(_HOLE.findall(text)) <= holes, f"{file}: {text}"
        assert {h for text in english for h in _HOLE.findall(text)} == holes, f"{file}: {dutch[0]}"


def test_every_template_can_be_read_in_both_languages():
    rendering = Rendering()

    for path in TEMPLATES.rglob("*.html"):
        for environment in rendering._environments.values():
            environment.get_template(path.relative_to(TEMPLATES).as_posix())


def test_the_address_chooses_the_language_and_a_cookie_remembers_it(browser):
    assert 'lang="nl"' in browser.get("/hulp").text
    english = browser.get("/hulp?taal=en")

    assert '<html lang="en">' in english.text
    assert english.headers["Content-Language"] == "en"
    assert "Help and shortcuts" in browser.get("/hulp").text
    assert "Hulp en sneltoetsen" in browser.get("/hulp?taal=nl").text
    assert "Hulp en sneltoetsen" in browser.get("/hulp").text


def test_a_language_that_does_not_exist_changes_nothing(browser):
    answer = browser.get("/hulp?taal=fr")

    assert '<html lang="nl">' in answer.text
    assert "taal=" not in answer.headers.get("set-cookie", "").replace("taal=nl", "taal=")


def test_the_language_links_keep_the_filter(as_):
    text = as_("sam").get("/impasses?regio=Zeeland&weergave=lijst&taal=en").text

    assert 'href="/impasses?regio=Zeeland&amp;weergave=lijst&amp;taal=nl"' in text


@pytest.mark.parametrize("path", ["/impasses", "/signaal", "/aanmelden", "/er-is-niets"])
def test_an_english_page_holds_no_dutch_of_ours(as_, open_case, path):
    open_case(reasons=("A1", "E1"))
    text = as_("sam").get(f"{path}?taal=en").text

    seen = re.sub(r'<[^>]+lang="nl"[^>]*>[^<]*|<option[^>]*>[^<]*|<[^>]+>', " ", text)
    for word in (" het ", " een ", " werkdagen", " wordt ", "Toon ", " dossier ", "Signaal"):
        assert word not in seen, word
