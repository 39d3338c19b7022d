"""Why a sign-in at an identity provider came to nothing: a word for the log, a sentence to act on.

The sentence never repeats what came from outside, and says no more than its reader may know; the
word and its detail are for the log.
"""

from __future__ import annotations

from enum import StrEnum

from impasse.domain.errors import ImpasseError
from impasse.domain.text import Text


class Cause(StrEnum):
    """What stood in the way."""

    FLOW_UNKNOWN = "flow_unknown"
    REFUSED_THERE = "refused_there"
    NEEDS_SIGN_IN_THERE = "needs_sign_in_there"
    NOT_REGISTERED = "not_registered"
    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    LEVEL_TOO_LOW = "level_too_low"
    TOO_LONG_AGO = "too_long_ago"
    FOR_SOMEBODY_ELSE = "for_somebody_else"
    OTHER_ORGANISATION = "other_organisation"
    NO_ROLE = "no_role"
    DISABLED = "disabled"
    NOT_INVITED = "not_invited"
    INVITATION_ENDED = "invitation_ended"
    INVITED_ELSEWHERE = "invited_elsewhere"
    KNOWN_ALREADY = "known_already"


class ProviderRefusal(ImpasseError):
    """Nobody was signed in. `detail` is what the log may say besides `cause`: never a secret."""

    def __init__(self, cause: Cause, detail: str = "") -> None:
        super().__init__(_SENTENCES[cause])
        self.cause = cause
        self.detail = detail


_SENTENCES = {
    Cause.FLOW_UNKNOWN: Text(
        "Deze aanmelding is verlopen, al gebruikt, of begon in een andere browser. Begin opnieuw.",
        "This sign-in has expired, was used already, or began in another browser. Begin again.",
    ),
    Cause.REFUSED_THERE: Text(
        "U bent niet aangemeld: u brak het aanmelden af, of uw organisatie staat het niet toe. "
        "Begin opnieuw, of vraag het aan de beheerder van uw organisatie.",
        "You are not signed in: you broke it off, or your organisation does not allow it. Begin "
        "again, or ask the administrator of your organisation.",
    ),
    Cause.NEEDS_SIGN_IN_THERE: Text(
        "Uw organisatie wil dat u daar eerst zelf iets doet, zoals aanmelden of een keuze maken. "
        "Begin opnieuw en volg de stappen die u ziet.",
        "Your organisation wants you to do something there first, such as signing in or making a "
        "choice. Begin again and follow the steps that you see.",
    ),
    Cause.NOT_REGISTERED: Text(
        "Uw organisatie en impasse zijn nog niet goed op elkaar aangesloten. Vraag de beheerder "
        "van impasse om 'impasse doctor' uit te voeren.",
        "Your organisation and impasse are not connected well yet. Ask the administrator of "
        "impasse to run 'impasse doctor'.",
    ),
    Cause.UNREACHABLE: Text(
        "De aanmelddienst van uw organisatie antwoordt nu niet, of niet goed. Probeer het over een "
        "paar minuten opnieuw. Lukt het dan niet, vraag dan de beheerder van uw organisatie.",
        "The identity provider of your organisation does not answer now, or not well. Try again "
        "in a few minutes. If it fails then, ask the administrator of your organisation.",
    ),
    Cause.UNTRUSTED: Text(
        "Het antwoord van de aanmelddienst klopt niet. Daarom bent u niet aangemeld. Begin "
        "opnieuw. Gebeurt het weer, vraag dan de beheerder van impasse in het logboek te kijken.",
        "The answer of the identity provider is not right. Therefore you are not signed in. Begin "
        "again. If it happens again, ask the administrator of impasse to look in the log.",
    ),
    Cause.LEVEL_TOO_LOW: Text(
        "U hebt u aangemeld op een te laag niveau. Begin opnieuw en kies een sterkere manier van "
        "aanmelden, bijvoorbeeld met een tweede stap.",
        "You signed in at a level that is too low. Begin again and choose a stronger way of "
        "signing in, for instance with a second step.",
    ),
    Cause.TOO_LONG_AGO: Text(
        "U hebt u te lang geleden bij uw organisatie aangemeld. Meld u daar af, en begin opnieuw.",
        "You signed in at your organisation too long ago. Sign out there, and begin again.",
    ),
    Cause.FOR_SOMEBODY_ELSE: Text(
        "U hebt u aangemeld namens iemand anders. Dat kan hier niet: begin opnieuw en meld u aan "
        "als uzelf.",
        "You signed in on behalf of somebody else. That cannot be done here: begin again and sign "
        "in as yourself.",
    ),
    Cause.OTHER_ORGANISATION: Text(
        "De aanmelddienst noemt een organisatie waarvoor hij hier niet mag spreken, of geen "
        "organisatie. Vraag de beheerder van uw organisatie welke organisatie bij u staat.",
        "The identity provider names an organisation that it may not speak for here, or none. Ask "
        "the administrator of your organisation which organisation is noted for you.",
    ),
    Cause.NO_ROLE: Text(
        "Uw organisatie heeft u geen rol in impasse gegeven. Vraag de beheerder van uw organisatie "
        "om een rol, en begin daarna opnieuw.",
        "Your organisation has given you no role in impasse. Ask the administrator of your "
        "organisation for a role, and begin again after that.",
    ),
    Cause.DISABLED: Text(
        "Uw toegang tot impasse is uitgezet. Vraag de beheerder van impasse waarom.",
        "Your access to impasse was switched off. Ask the administrator of impasse why.",
    ),
    Cause.NOT_INVITED: Text(
        "U bent hier nog niet bekend. Vraag de beheerder van impasse om een uitnodiging, en begin "
        "bij de link die daarin staat.",
        "You are not known here yet. Ask the administrator of impasse for an invitation, and begin "
        "at the link in it.",
    ),
    Cause.INVITATION_ENDED: Text(
        "Deze uitnodiging is verlopen of al gebruikt. Vraag de beheerder van impasse om een "
        "nieuwe.",
        "This invitation has expired or was used already. Ask the administrator of impasse for a "
        "new one.",
    ),
    Cause.INVITED_ELSEWHERE: Text(
        "Deze uitnodiging is voor iemand van een andere organisatie dan de aanmelddienst noemt. "
        "Kies de aanmelddienst van die organisatie, of vraag een nieuwe uitnodiging.",
        "This invitation is for somebody of another organisation than the identity provider names. "
        "Choose the provider of that organisation, or ask for a new invitation.",
    ),
    Cause.KNOWN_ALREADY: Text(
        "U bent hier al bekend als iemand anders, dus deze uitnodiging kunt u niet gebruiken. Meld "
        "u aan zonder uitnodiging, of vraag de beheerder van impasse.",
        "You are known here already as somebody else, so you cannot use this invitation. Sign in "
        "without it, or ask the administrator of impasse.",
    ),
}
