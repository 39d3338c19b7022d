"""Finding the procedure that somebody means: by file, or by name among those that ship."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from impasse.domain.adoption import version_order
from impasse.domain.errors import NotFound
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.workflow import Workflow


def find_procedure(procedure: str) -> Workflow:
    """Return the procedure in a file, or the shipped one of this name: the newest, if not said."""
    from impasse.adapters.files.shipped import shipped
    from impasse.adapters.files.workflows import load_all, load_workflow

    path = Path(procedure)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        return load_workflow(path)
    known = load_all(shipped("workflows"))
    name, _, version = procedure.partition("@")
    found = [w for w in known if w.name == name and version in {"", w.version}]
    if not found:
        names = ", ".join(w.reference for w in known)
        raise NotFound(
            Text(
                f"Procedure '{procedure}' is er niet; kies een bestand of een van: {names}.",
                f"There is no procedure '{procedure}'; choose a file or one of: {names}.",
            )
        )
    return max(found, key=lambda workflow: version_order(workflow.version))
