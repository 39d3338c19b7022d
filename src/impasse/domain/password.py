"""Which passwords will do, and how long an account stays shut after wrong ones.

Long and not guessable is what counts; no rule asks for a capital or a sign
(NIST SP 800-63B, 5.1.1.2).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
"""Counted in signs, after `normal_password`."""

FREE_FAILURES = 5
"""So many wrong tries shut an account; each one more shuts it twice as long."""

LONGEST_LOCK = timedelta(hours=1)
FORGET_FAILURES = timedelta(hours=24)
"""After a day without a wrong try the count begins anew."""

_FEWEST_SIGNS = 5
_STEM = 4
_RAW_LONGEST = 5 * LONGEST_PASSWORD

_COMMON = frozenset(
    (  # noqa: SIM905 eighty words a line each would be two pages
        "123456789012 1234567890123 12345678901234 123123123123 111222333444 098765432109 "
        "abcdefghijkl abcdefghijklm qwertyuiop qwertyuiopas qwertyuiopasdf asdfghjklqwe "
        "qazwsxedcrfv zaq12wsxcde3 1qaz2wsx3edc 1q2w3e4r5t6y q1w2e3r4t5y6 password passwords "
        "passwordpassword passphrase wachtwoord wachtwoordwachtwoord wachtwoorden welkom "
        "welkomwelkom welkombij welkomterug geheim geheimwachtwoord geheimgeheim mijnwachtwoord "
        "letmein letmeinletmein iloveyou iloveyouiloveyou trustno administrator beheerder "
        "beheerderbeheerder secretariaat bemiddelaar nederland nederlandnederland amsterdam "
        "rotterdam utrecht denhaag gemeente provincie waterschap rijksoverheid overheid "
        "impasse impasseimpasse impassewachtwoord overhedenoverleg ministerie changeme "
        "changemechangeme veranderen veranderme correcthorsebatterystaple unknown standaard "
        "voorjaar zomer najaar herfst winter lente januari februari maart april juni juli "
        "augustus september oktober november december maandag dinsdag woensdag donderdag "
        "vrijdag zaterdag zondag feyenoord voetbal superman sunshine princess football "
        "dragon monkey master shadow hallohallo hallo"
    ).split()
)
"""What people choose first: whole passwords, and words to which they add digits and signs."""


def normal_password(written: str) -> str:
    """Return *written* as it is compared: the same letters, however a keyboard makes them (NFKC).

    What is far too long is cut, so that it costs no time; it stays too long.
    """
    return unicodedata.normalize("NFKC", written[:_RAW_LONGEST])


def password_faults(written: str, names: Iterable[str] = ()) -> list[Text]:
    """Return everything that is wrong with a new password; *names* are those of its owner."""
    password = normal_password(written)
    faults = []
    if len(password) < SHORTEST_PASSWORD:
        faults.append(
            Text(
                f"Kies een wachtwoord van minstens {SHORTEST_PASSWORD} tekens. Een zin mag ook.",
                f"Choose a password of at least {SHORTEST_PASSWORD} signs. A sentence will do.",
            )
        )
    if len(password) > LONGEST_PASSWORD:
        faults.append(
            Text(
                f"Kies een wachtwoord van hooguit {LONGEST_PASSWORD} tekens.",
                f"Choose a password of at most {LONGEST_PASSWORD} signs.",
            )
        )
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Cn"} for sign in password):
        faults.append(
            Text(
                "In het wachtwoord staat een teken dat niet te typen is. Laat dat weg.",
                "The password holds a sign that cannot be typed. Leave it out.",
            )
        )
    if not faults and _holds_a_name(password, names):
        faults.append(
            Text(
                "Kies een wachtwoord dat niet op uw naam of gebruikersnaam lijkt.",
                "Choose a password that does not look like your name or user name.",
            )
        )
    if not faults and _is_common(password):
        faults.append(
            Text(
                "Dit wachtwoord kiezen veel mensen en is snel geraden. Kies een ander.",
                "Many people choose this password and it is guessed soon. Choose another.",
            )
        )
    return faults


def _holds_a_name(password: str, names: Iterable[str]) -> bool:
    """Whether little is left of the password without the names of its owner."""
    bare = _letters(password)
    for name in names:
        stem = _letters(name)
        if len(stem) >= _STEM and stem in bare and len(bare.replace(stem, "")) < _STEM:
            return True
        if stem and bare == stem:
            return True
    return False


def _is_common(password: str) -> bool:
    plain = password.casefold()
    squeezed = re.sub(r"\s", "", plain)
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", squeezed)
    return (
        len(set(plain)) < _FEWEST_SIGNS
        or bool({plain, squeezed, bare, _letters(plain)} & _COMMON)
        or _goes_on(squeezed)
    )


def _goes_on(password: str) -> bool:
    """Whether each sign is the neighbour of the one before it: 1234, zyxw and so on."""
    steps = {ord(after) - ord(before) for before, after in pairwise(password)}
    return steps <= {1, -9} or steps <= {-1, 9}


def _letters(text: str) -> str:
    return "".join(sign for sign in normal_password(text).casefold() if sign.isalpha())


def lock_after(failures: int) -> timedelta:
    """Return how long so many wrong tries shut an account: 1, 2, 4 … minutes, an hour at most."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    # 2 ** 6 minutes is more than an hour already.
    return min(LONGEST_LOCK, timedelta(minutes=2 ** min(failures - FREE_FAILURES, 6)))


def counted_failures(failures: int, last: datetime | None, at: datetime) -> int:
    """Return how many wrong tries still count at moment *at*."""
    if last is None or at - last >= FORGET_FAILURES:
        return 0
    return failures


def shut_until(
    failures: int, last: datetime | None, until: datetime | None, at: datetime
) -> datetime | None:
    """Return until when an account is shut at moment *at*, or None when it is open.

    A clock that was set back neither opens an account nor shuts it for longer than its wrong tries
    deserve: the time is counted from *at* then.
    """
    if until is None or at >= until:
        return None
    if last is not None and at < last:
        lock = lock_after(failures)
        return at + lock if lock else None
    return until
