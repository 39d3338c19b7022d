"""One's own data: what is kept about the reader, to see and to take along (AVG, article 15)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response as Plain

from impasse.adapters.sql.personal_data import ERASURE, personal_data
from impasse.domain.text import Text
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

_SUBJECTS = {
    "account": Text("uw account, zonder geheimen", "your account, without secrets"),
    "identities": Text("aanmeldingen via uw organisatie", "sign-ins through your organisation"),
    "oneTimeLinks": Text("uitnodigingen en herstel", "invitations and resets"),
    "sessions": Text("browsers waarin u bent aangemeld", "browsers in which you are signed in"),
    "tokens": Text("tokens voor de API", "tokens of the API"),
    "calendarFeeds": Text("agenda-abonnementen", "calendar feeds"),
    "substitutions": Text("afwezigheid en vervanging", "absence and substitution"),
    "notifications": Text("meldingen", "notifications"),
    "notificationSettings": Text("instellingen voor meldingen", "notification settings"),
    "digests": Text("overzichten per e-mail", "digests by e-mail"),
    "replyAddresses": Text("antwoordadressen voor e-mail", "reply addresses for e-mail"),
    "inboundMails": Text("e-mail van u die binnenkwam", "e-mail of yours that came in"),
    "duties": Text("diensten op een rooster", "duties on a rota"),
    "groups": Text("groepen waarin u zit", "groups that you are in"),
    "confirmations": Text("wat u bevestigde", "what you confirmed"),
    "tasksSettled": Text("taken die u afrondde", "tasks that you settled"),
    "legalHoldsPlaced": Text("bewaarplichten die u oplegde", "legal holds that you placed"),
    "webhooks": Text("webhooks die u maakte", "webhooks that you made"),
    "appointments": Text("zaken waarin u bent aangewezen", "cases in which you are appointed"),
    "contributions": Text("wat u in kamers schreef", "what you wrote in rooms"),
    "releases": Text("teksten die u voorstelde te delen", "wordings that you proposed to share"),
    "assessments": Text("stukken die u beoordeelde", "items that you assessed"),
    "reads": Text("wat u las in vertrouwelijke kamers", "what you read in confidential rooms"),
    "history": Text("regels in het verloop door u", "entries of history by you"),
}
"""What each part of the data is, in words."""


def show(visit: Visit) -> Response:
    """Show what is kept about the reader, as counts, and what erasure means."""
    found = personal_data(visit.house.database, visit.actor, None)
    return visit.page(
        "personal_data.html",
        counts=[(words, len(found[name])) for name, words in _SUBJECTS.items()],
        erasure=ERASURE,
    )


def download(visit: Visit) -> Response:
    """Give everything that is kept about the reader as JSON."""
    found = personal_data(visit.house.database, visit.actor, visit.house.clock())
    body = json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    headers = {"Content-Disposition": 'attachment; filename="impasse-gegevens.json"'}
    return Plain(body, media_type="application/json", headers=headers)


PAGES = (
    Page("/profiel/gegevens", show=show),
    Page("/profiel/gegevens.json", show=download),
)
