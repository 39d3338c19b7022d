"""What is sent is called as the description calls it: `pageSize`, and not `page_size` as well.

Shapes can be made by the names that fields have in code, for that is how answers are made. A shape
that comes in is known by its names on the wire alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from fastapi.dependencies.utils import get_typed_signature
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def only_as_written(endpoint: Callable[..., Any]) -> None:
    """Let every shape that *endpoint* takes be read by its names on the wire only."""
    for parameter in get_typed_signature(endpoint).parameters.values():
        for shape in _shapes(parameter.annotation):
            if shape.model_config.get("populate_by_name"):
                shape.model_config["populate_by_name"] = False
                shape.model_rebuild(force=True)


def _shapes(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 any annotation
    """Yield the shapes in an annotation such as `list[Shape] | None`, those within them first."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for field in annotation.model_fields.values():
            yield from _shapes(field.annotation)
        yield annotation
        return
    for part in get_args(annotation):
        yield from _shapes(part)
