"""The adopted versions of escalation policies, with the very text; of each, one is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select, text, update

from impasse.adapters.files.escalation import check_policy, read_adopted_policy
from impasse.adapters.files.located import Located
from impasse.adapters.files.yaml_lines import read_text
from impasse.adapters.sql.database import POSTGRESQL, writing
from impasse.adapters.sql.people import reading
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    EscalationPolicyRow,
    GroupRow,
    PersonRow,
    RotaRow,
    WebhookRow,
)
from impasse.domain.adoption import LONGEST_NAME
from impasse.domain.errors import Conflict, Fault, Invalid, NotFound, StaleRevision, Unreadable
from impasse.domain.policy_problems import NOTHING_KNOWN, Known
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine

    from impasse.adapters.files.escalation import CheckedPolicy
    from impasse.domain.escalation_policy import EscalationPolicy

log = structlog.get_logger("impasse.policies")

OURSELVES = "impasse"
"""Who adopts what is shipped."""

_POLICIES = table(EscalationPolicyRow)
_PERSONS, _WEBHOOKS = table(PersonRow), table(WebhookRow)
_ROTAS, _GROUPS = table(RotaRow), table(GroupRow)
_WITHOUT_TEXT = (
    _POLICIES.c.name,
    _POLICIES.c.version,
    _POLICIES.c.content_hash,
    _POLICIES.c.adopted_at,
    _POLICIES.c.adopted_by,
    _POLICIES.c.in_force,
)
_LOCK = text(f"LOCK TABLE {EscalationPolicyRow.__tablename__} IN SHARE ROW EXCLUSIVE MODE")


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One adopted version of a policy, without its text; runs that began by it keep it whole."""

    name: str
    version: str
    content_hash: str
    adopted_at: datetime
    adopted_by: str
    in_force: bool

    @property
    def reference(self) -> str:
        """Name and version, as a run and a message carry them."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class PolicyAdoption:
    """What adopting a text comes to: the policy, what to think about, and whether it is new.

    `before` is the version that was in force until now, "" for none.
    """

    policy: EscalationPolicy
    warnings: tuple[Located, ...]
    new: bool
    before: str = ""


class AdoptedPolicies:
    """Policies in force, by name, and those that were."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._read: dict[tuple[str, str], EscalationPolicy] = {}

    def in_force(self) -> Mapping[str, EscalationPolicy]:
        """Return the policies in force, by name, as far as any process has adopted them.

        One small query; what a version says never changes once adopted, so what was read stays
        good. A text that this program cannot read any more is left out, and the log says so.
        """
        query = select(_POLICIES.c.name, _POLICIES.c.version).where(_POLICIES.c.in_force)
        with reading(self._database) as session:
            rows = session.execute(query.order_by(_POLICIES.c.name)).all()
        found = {}
        for name, version in rows:
            try:
                found[name] = self.get(name, version)
            except Unreadable:
                log.exception("policy_unreadable", object=f"{name}@{version}")
        return found

    def get(self, name: str, version: str) -> EscalationPolicy:
        """Return this version, or raise `NotFound` that names it."""
        found = self._read.get((name, version))
        if found is None:
            found = read_adopted_policy(self.text(name, version), f"{name}@{version}")
            self._read[name, version] = found
        return found

    def text(self, name: str, version: str) -> str:
        """Return the very text that was adopted, or raise `NotFound`."""
        if (name + version).isprintable():
            with reading(self._database) as session:
                row = session.get(EscalationPolicyRow, (name, version))
            if row is not None:
                return row.content
        raise _not_adopted(f"{name}@{version}")

    def list(self) -> list[PolicyVersion]:
        """Return every adopted version, by name: the one in force first, then the latest."""
        order = (
            _POLICIES.c.name,
            _POLICIES.c.in_force.desc(),
            _POLICIES.c.adopted_at.desc(),
            _POLICIES.c.version.desc(),
        )
        with reading(self._database) as session:
            rows = session.execute(select(*_WITHOUT_TEXT).order_by(*order)).all()
        return [PolicyVersion(*row) for row in rows]

    def versions(self, name: str) -> Sequence[PolicyVersion]:
        """Return the adopted versions of *name*, as `list` orders them; raises `NotFound`."""
        found = [one for one in self.list() if one.name == name]
        if not found:
            raise _not_adopted(name)
        return found

    def known(self, indicators: Iterable[str]) -> Known:
        """Return what a policy can refer to here; *indicators* are the codes in use."""
        with reading(self._database) as session:
            persons = select(_PERSONS.c.id).where(_PERSONS.c.disabled.is_(False))
            return Known(
                indicators=tuple(sorted(indicators)),
                persons=frozenset(session.scalars(persons)),
                webhooks=frozenset(session.scalars(select(_WEBHOOKS.c.id))),
                rotas=frozenset(session.scalars(select(_ROTAS.c.name))),
                groups=frozenset(session.scalars(select(_GROUPS.c.name))),
            )

    def adopt(
        self, path: Path, *, by: str, at: datetime, known: Known = NOTHING_KNOWN
    ) -> PolicyAdoption:
        """Put the policy in the file at *path* into force.

        Raises as `adopt_text` does, and `Unreadable` when the file cannot be read.
        """
        return self.adopt_text(read_text(path), str(path), by=by, at=at, known=known)

    def adopt_text(
        self,
        content: str,
        name_of_source: str,
        *,
        by: str,
        at: datetime,
        known: Known = NOTHING_KNOWN,
        over: str | None = None,
    ) -> PolicyAdoption:
        """Put the policy that *content* describes into force, and the one before it out of force.

        Runs that go on keep the policy with which they began. A version that was adopted before
        comes into force again. *over* is the version that was in force when its adopter looked
        ("" for none): when another is by now, nothing changes and `StaleRevision` is raised.
        Raises as `weigh` does.
        """
        checked = check_policy(content, name_of_source, known)
        _refuse_name(by)
        with writing(self._database) as connection:
            if self._database.dialect.name == POSTGRESQL:
                # One adoption waits for another; on SQLite there is one writer anyhow.
                connection.execute(_LOCK)
            before, known_already = _standing(connection, checked, name_of_source)
            if over is not None and before != over:
                raise _someone_was_first(checked.policy.name, over, before)
            if before != checked.policy.version:
                _put(connection, checked, content, by, at, again=known_already, in_force=True)
                log.info("policy_adopted", object=checked.policy.reference, actor=by)
        return PolicyAdoption(
            checked.policy, checked.warnings, before != checked.policy.version, before
        )

    def keep(self, path: Path, *, by: str, at: datetime) -> bool:
        """Add the policy in the file at *path* beside the one in force; False when it was there."""
        content = read_text(path)
        checked = check_policy(content, str(path))
        with writing(self._database) as connection:
            if self._database.dialect.name == POSTGRESQL:
                connection.execute(_LOCK)
            _, known_already = _standing(connection, checked, str(path))
            if not known_already:
                _put(connection, checked, content, by, at, again=False, in_force=False)
        return not known_already

    def weigh(
        self,
        content: str,
        name_of_source: str,
        *,
        by: str,
        known: Known = NOTHING_KNOWN,
    ) -> PolicyAdoption:
        """Return what adopting *content* would come to; nothing changes.

        Among its warnings is that another policy in force starts on the same message. Raises
        `PolicyProblems` with every reason why it is unsound, `Invalid` for a name of an adopter
        that cannot be, and `Conflict` when the same version was adopted with other content.
        """
        checked = check_policy(content, name_of_source, known)
        _refuse_name(by)
        with reading(self._database) as session:
            before, _ = _standing(session.connection(), checked, name_of_source)
        warnings = (*checked.warnings, *self._overlaps(checked.policy, name_of_source))
        return PolicyAdoption(checked.policy, warnings, before != checked.policy.version, before)

    def _overlaps(self, policy: EscalationPolicy, source: str) -> Iterator[Located]:
        for other in self.in_force().values():
            if other.name != policy.name:
                for event in sorted(policy.starts_on & other.starts_on):
                    yield Located(source, 0, _also(other.name, event))


def adopt_shipped(
    policies: AdoptedPolicies, folder: Path, at: datetime, *, own: bool = False
) -> None:
    """Put the policies in *folder* (`*.yaml`) into force, each version once.

    A policy that somebody adopted by hand is not pushed aside by a newer shipped one: that one is
    kept ready beside it. Files in a folder that the settings name are their keeper's *own* word,
    and do come into force.
    """
    standing = policies.list()
    for path in sorted(folder.glob("*.yaml")):
        policy = check_policy(read_text(path), str(path)).policy
        same_name = [one for one in standing if one.name == policy.name]
        by_hand = any(one.in_force and one.adopted_by != OURSELVES for one in same_name)
        if any(one.version == policy.version for one in same_name) or (by_hand and not own):
            if policies.keep(path, by=OURSELVES, at=at):
                log.warning(
                    "policy_waits", object=policy.reference, result="kept beside the one in force"
                )
        else:
            policies.adopt(path, by=OURSELVES, at=at)


def _standing(connection: Connection, checked: CheckedPolicy, source: str) -> tuple[str, bool]:
    """Return the version in force of this policy, and whether this version is known already."""
    policy = checked.policy
    rows = connection.execute(
        select(_POLICIES.c.version, _POLICIES.c.content_hash, _POLICIES.c.in_force).where(
            _POLICIES.c.name == policy.name
        )
    ).all()
    for row in rows:
        if row.version == policy.version and row.content_hash != checked.content_hash:
            raise Conflict(
                Text(
                    f"{policy.reference} is al aangenomen met een andere inhoud. Geef {source} een "
                    "nieuw versienummer.",
                    f"{policy.reference} was adopted with other content already. Give {source} a "
                    "new version number.",
                )
            )
    before = next((row.version for row in rows if row.in_force), "")
    return before, any(row.version == policy.version for row in rows)


def _put(
    connection: Connection,
    checked: CheckedPolicy,
    content: str,
    by: str,
    at: datetime,
    *,
    again: bool,
    in_force: bool,
) -> None:
    policy = checked.policy
    same_name = _POLICIES.c.name == policy.name
    if in_force:
        connection.execute(
            update(_POLICIES).where(same_name, _POLICIES.c.in_force).values(in_force=False)
        )
    if again:
        statement = update(_POLICIES).where(same_name, _POLICIES.c.version == policy.version)
        connection.execute(
            statement.values(adopted_at=at, adopted_by=by.strip(), in_force=in_force)
        )
        return
    row = {
        "name": policy.name,
        "version": policy.version,
        "content_hash": checked.content_hash,
        "content": content,
        "adopted_at": at,
        "adopted_by": by.strip(),
        "in_force": in_force,
    }
    connection.execute(_POLICIES.insert(), row)


def _refuse_name(by: str) -> None:
    if by.strip() and len(by) <= LONGEST_NAME and by.isprintable():
        return
    remedy = Text(
        f"Noem wie het beleid aanneemt, in ten hoogste {LONGEST_NAME} gewone tekens.",
        f"Name who adopts the policy, in at most {LONGEST_NAME} plain characters.",
    )
    raise Invalid(
        Text("Dit beleid is niet aangenomen.", "This policy was not adopted."),
        [Fault("/by", remedy)],
    )


def _not_adopted(what: str) -> NotFound:
    return NotFound(
        Text(
            f"Opschalingsbeleid {what} is niet aangenomen. Bekijk de lijst.",
            f"Escalation policy {what} has not been adopted. Look at the list.",
        )
    )


def _also(name: str, event: str) -> Text:
    return Text(
        f"ook '{name}' begint bij {event}; de klok begint er van zulke maar een, want een verzuim "
        "wordt een keer opgeschaald",
        f"'{name}' starts on {event} too; of such the clock starts only one, for one neglect is "
        "escalated once",
    )


def _someone_was_first(name: str, over: str, now: str) -> StaleRevision:
    was, by_now = over or "geen versie", now or "geen versie"
    was_en, by_now_en = over or "no version", now or "no version"
    return StaleRevision(
        Text(
            f"U keek naar {name} toen {was} gold, maar intussen geldt {by_now}. Er is niets "
            "veranderd. Bekijk het beleid opnieuw en breng uw wijziging daarin aan.",
            f"You looked at {name} when {was_en} was in force, but {by_now_en} is by now. Nothing "
            "was changed. Look at the policy again and make your change there.",
        )
    )
