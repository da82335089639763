"""Files that commands are given."""

from __future__ import annotations

from pathlib import Path

import yaml

from kulant.core.errors import Refusal

LARGEST = 100_000  # bytes of a file that a person writes


def read_yaml(file: Path, what: str) -> object:
    """What a YAML file says; ``what`` ends the refusal of one that is too large: "a file of rules"."""
    try:
        text = file.read_bytes()
    except OSError as error:
        raise Refusal("no_file", f"{file} cannot be read: {error.strerror or error}") from None
    if len(text) > LARGEST:
        raise Refusal("bad_rules", f"{file} is too large to be {what}")
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("bad_rules", f"{file} is not YAML: {' '.join(str(error).split())[:200]}") from None
