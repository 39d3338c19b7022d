"""Templates: Jinja with escaping always on, and the words of templates through gettext.

The msgids in templates are Dutch, so Dutch needs no catalogue. The English is read from every .po
file of its folder when the process starts; there are no compiled files to forget.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from impasse.domain.days_in_words import day_in_words
from impasse.domain.people import Layer
from impasse.web import words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from impasse.domain.text import Language, Text

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"
CATALOGUES = HERE / "locale" / "en" / "LC_MESSAGES"

LAYER_ICONS: Mapping[Layer, str] = {
    Layer.NATIONAL: "rijk",
    Layer.PROVINCE: "provincie",
    Layer.MUNICIPALITY: "gemeente",
    Layer.WATER_AUTHORITY: "waterschap",
    Layer.CARIBBEAN: "island",
    Layer.UMBRELLA: "umbrella",
    Layer.JOINT_BODY: "joint",
    Layer.OTHER: "circle",
}


def static_version() -> str:
    """Return a name for the present content of the static files: a new content, a new address."""
    digest = sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def english() -> GNUTranslations:
    """Return the English of every Dutch msgid."""
    catalogue = Catalog(locale="en")
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    catalogue.add(message.id, message.string)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def the_rendering() -> Rendering:
    """Return the templates of this process: read once, for as long as it lives."""
    return Rendering()


class Rendering:
    """The templates, once per language."""

    def __init__(self) -> None:
        self.version = static_version()
        self._environments: dict[Language, Environment] = {
            "nl": self._environment("nl", NullTranslations()),
            "en": self._environment("en", english()),
        }

    def render(self, template: str, language: Language, values: Mapping[str, Any]) -> str:
        """Return the page that *template* makes of *values* in *language*."""
        return self._environments[language].get_template(template).render(values)

    def _environment(self, language: Language, translations: NullTranslations) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        )
        environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]  # by the i18n extension

        def tell(text: Text) -> str:
            return text.in_(language)

        def in_short(day: date) -> str:
            return tell(words.day_short(day))

        environment.globals.update(
            language=language,
            static=f"/static/{self.version}",
            layer_icons=LAYER_ICONS,
            layers_of=words.layers_of,
            in_party_order=words.in_party_order,
        )
        environment.filters.update(
            tell=tell,
            day=in_short,
            day_year=lambda day: tell(words.day_short_year(day)),
            day_long=lambda day: tell(words.day_long(day)),
            day_whole=lambda day: tell(day_in_words(day)),
            decimal=lambda value: words.decimal(value, language),
        )
        return environment
