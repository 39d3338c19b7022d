"""`python -m impasse.api FILE`: the OpenAPI description of the API, written to a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from impasse.api.app import describe

SERVER = "https://impasse.example.org/api/v1"
"""An invented address: a running installation names its own."""


def main(arguments: list[str]) -> int:
    """Write the description to the one file that is named; return the status."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("python -m impasse.api FILE\n")
        return 2
    file = Path(arguments[0])
    try:
        text = json.dumps(describe(SERVER), ensure_ascii=False, indent=1)
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"{file} cannot be written: {error.strerror}. Name another file.\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
