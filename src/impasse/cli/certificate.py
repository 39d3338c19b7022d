"""How a certificate reads on a terminal, and as JSON: each verdict with the path that shows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from impasse.domain.text import Language, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.certificate import Certificate, Path, Verdict

_ENDS = 3
"""So many steps of a long path are shown from its beginning, and from its end."""


def lines(certificate: Certificate, language: Language) -> Iterator[str]:
    """Yield the certificate line by line: of what, then one line for each verdict."""
    sound = Text("klopt", "sound") if certificate.sound else Text("klopt niet", "not sound")
    states = Text(f"{certificate.states} standen", f"{certificate.states} positions")
    yield (
        f"{certificate.reference}: {sound.in_(language)}, {states.in_(language)}, "
        f"sha256 {certificate.content_hash[:12]}"
    )
    for verdict in certificate.verdicts:
        yield _line(verdict, language)


def as_data(certificate: Certificate) -> dict[str, Any]:
    """Return the whole certificate, as its canonical form has it."""
    whole: dict[str, Any] = json.loads(certificate.to_json())
    return whole | {"fingerprint": certificate.fingerprint}


def walked(path: Path) -> str:
    """Return a path as one line: "talks –pause→ rest –resume→ talks"; the middle of a long one."""
    if not path:
        return ""
    steps = [f"–{step.trigger}→ {step.target}" for step in path]
    if len(steps) > 2 * _ENDS + 1:
        left_out = len(steps) - 2 * _ENDS
        steps = [*steps[:_ENDS], f"… (+{left_out}) …", *steps[-_ENDS:]]
    return " ".join([path[0].source, *steps])


def _line(verdict: Verdict, language: Language) -> str:
    answer = Text("ja ", "yes") if verdict.holds else Text("NEE", "NO ")
    told = f"  {answer.in_(language)}  {verdict.of.label.in_(language)}. "
    told += verdict.sentence.in_(language)
    return f"{told} [{walked(verdict.witness)}]" if verdict.witness else told
