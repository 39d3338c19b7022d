"""Groups of persons as rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from impasse.adapters.sql.database import writing
from impasse.adapters.sql.directory import persons_here
from impasse.adapters.sql.people import reading
from impasse.adapters.sql.tables import GroupRow
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.person_group import Group, authorise_groups, refuse_group
from impasse.domain.text import Text

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from impasse.domain.people import Person

log = structlog.get_logger("impasse.people")

_GLANCE = 40


def list_groups(database: Engine, by: Person | None) -> list[Group]:
    """Return all groups by name; raises `NotAllowed` for who keeps none."""
    authorise_groups(by)
    with reading(database) as session:
        return [_group(row) for row in session.exec(select(GroupRow).order_by(col(GroupRow.name)))]


def group_called(database: Engine, name: str, by: Person | None) -> Group:
    """Return the group called *name*; raises `NotAllowed`, or `NotFound`."""
    authorise_groups(by)
    with reading(database) as session:
        return _group(_row(session, name))


def create_group(database: Engine, group: Group, *, by: Person | None) -> None:
    """Make *group*; raises `NotAllowed`, `Invalid`, or `Conflict` when the name is taken."""
    with writing(database) as connection, Session(bind=connection) as session:
        refuse_group(group, by=by, persons=persons_here(session))
        session.add(
            GroupRow(
                name=group.name,
                label_nl=group.label.nl.strip(),
                label_en=group.label.en.strip() or group.label.nl.strip(),
                members=json.dumps(group.members),
                created_at=group.created_at,
                created_by=group.created_by,
            )
        )
        try:
            session.flush()
        except IntegrityError as error:
            raise Conflict(
                Text(
                    f"Er is al een groep {group.name}. Kies een andere naam.",
                    f"There is a group {group.name} already. Choose another name.",
                )
            ) from error
    _log("group_made", group.name, len(group.members), by)


def change_group(
    database: Engine, name: str, label: Text, members: tuple[str, ...], *, by: Person | None
) -> Group:
    """Put another label and other members in place; raises what making it raises, or `NotFound`."""
    authorise_groups(by)
    with writing(database) as connection, Session(bind=connection) as session:
        row = _row(session, name)
        changed = Group(row.name, label, members, row.created_at, row.created_by)
        refuse_group(changed, by=by, persons=persons_here(session))
        row.label_nl, row.label_en = label.nl.strip(), label.en.strip() or label.nl.strip()
        row.members = json.dumps(members)
        session.flush()
    _log("group_changed", name, len(members), by)
    return changed


def remove_group(database: Engine, name: str, *, by: Person | None) -> None:
    """Remove the group called *name*; a policy that names it then finds nobody there."""
    authorise_groups(by)
    with writing(database) as connection, Session(bind=connection) as session:
        session.delete(_row(session, name))
        session.flush()
    _log("group_removed", name, 0, by)


def _row(session: Session, name: str) -> GroupRow:
    row = session.get(GroupRow, name) if name.isprintable() else None
    if row is None:
        shown = name[:_GLANCE] if name.isprintable() else ""
        raise NotFound(
            Text(
                f"Er is geen groep met de naam {shown}.",
                f"There is no group with the name {shown}.",
            )
        )
    return row


def _group(row: GroupRow) -> Group:
    return Group(
        row.name,
        Text(row.label_nl, row.label_en),
        tuple(json.loads(row.members)),
        row.created_at,
        row.created_by,
    )


def _log(event: str, name: str, members: int, by: Person | None) -> None:
    log.info(event, object=name, result=str(members), actor="cli" if by is None else by.id)
