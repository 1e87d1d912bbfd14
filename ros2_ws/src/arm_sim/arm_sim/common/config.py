"""Reads YAML files into typed dataclasses; refuses what it does not know, in one sentence.

A settings class is a `pydantic` dataclass decorated with `settings`. Types, ranges and unknown keys
are pydantic's to check; this module only turns its findings into a sentence a person can act on.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import pydantic
import yaml
from pydantic.dataclasses import dataclass as _pydantic_dataclass

from arm_sim.common.errors import UserError

T = TypeVar("T")

# Frozen, so that what was validated and saved is what runs.
# No infinities: nothing here means one. Booleans are not numbers.
settings = _pydantic_dataclass(
    frozen=True,
    kw_only=True,
    config={"extra": "forbid", "allow_inf_nan": False},
)


def read_yaml(path: Path) -> dict[str, Any]:
    """Returns the mapping in a YAML file.

    Raises:
        UserError: If the file can't be read, is not YAML or is not a mapping.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"Can't read {path}: {getattr(error, 'strerror', None) or error}."
        ) from error
    except (yaml.YAMLError, ValueError) as error:  # PyYAML's dates raise the latter.
        raise UserError(f"{path} is not YAML: {' '.join(str(error).split())}.") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UserError(f"{path} must hold 'key: value' lines, not a {type(content).__name__}.")
    return content


def build(cls: type[T], values: Mapping[str, Any], source: str) -> T:
    """Returns `cls(**values)`, strictly checked.

    Args:
        cls: A dataclass made with `settings`.
        values: Its fields by name.
        source: Where the values came from, for the error message.

    Raises:
        UserError: If a key is unknown (the valid ones are named), missing, or of a wrong value.
    """
    try:
        return pydantic.TypeAdapter(cls).validate_python(dict(values))
    except pydantic.ValidationError as error:
        raise UserError(f"{source}: {_sentence(cls, error)}") from None


def _sentence(cls: type, error: pydantic.ValidationError) -> str:
    parts = []
    for found in error.errors():
        key = ".".join(str(part) for part in found["loc"])
        if found["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            valid = _fields_at(cls, found["loc"][:-1])
            parts.append(f"unknown key '{key}' (valid: {', '.join(valid)})")
        elif found["type"] in ("missing", "missing_argument", "missing_keyword_only_argument"):
            parts.append(f"key '{key}' is missing")
        elif not key:  # What is wrong is how values go together; all of them would say nothing.
            parts.append(found["msg"].removeprefix("Value error, "))
        else:
            parts.append(
                f"'{key}' is {found['input']!r}: {found['msg'].removeprefix('Value error, ')}"
            )
    return "; ".join(parts) + "."


def _fields_at(cls: Any, location: tuple[Any, ...]) -> list[str]:
    for key in location:
        cls = {field.name: field.type for field in dataclasses.fields(cls)}[key]
        cls = next((part for part in get_args(cls) if dataclasses.is_dataclass(part)), cls)
    return [field.name for field in dataclasses.fields(cls)]
