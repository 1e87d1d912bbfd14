"""Reads YAML files into typed, validated dataclasses.

A settings class is a dataclass decorated with `settings`:

    @settings
    class Wheel:
        radius: float = pydantic.Field(gt=0)

    build(Wheel, read_yaml(path), str(path))

Pydantic checks types, ranges and unknown keys; this module turns its errors into one sentence.
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

# Frozen, so values can't change after they were validated and saved.
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
    except (yaml.YAMLError, ValueError) as error:  # PyYAML raises ValueError for invalid dates.
        raise UserError(f"{path} is not YAML: {' '.join(str(error).split())}.") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UserError(f"{path} must hold 'key: value' lines, not a {type(content).__name__}.")
    return content


def build(cls: type[T], values: Mapping[str, Any], source: str, separator: str = ".") -> T:
    """Returns `cls(**values)` after validation.

    Args:
        cls: A dataclass made with `settings`.
        values: Its fields by name.
        source: Origin of the values, for instance a file name, for the error message.
        separator: Put between the names of nested fields in the error message.

    Raises:
        UserError: If a key is unknown or missing, or a value invalid; all of them are named.
    """
    try:
        return pydantic.TypeAdapter(cls).validate_python(dict(values))
    except pydantic.ValidationError as error:
        raise UserError(f"{source}: {_sentence(cls, error, separator)}") from None


def _sentence(cls: type, error: pydantic.ValidationError, separator: str) -> str:
    parts = []
    for found in error.errors():
        key = separator.join(str(part) for part in found["loc"])
        if found["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            valid = _fields_at(cls, found["loc"][:-1])
            parts.append(f"unknown key '{key}' (valid: {', '.join(valid)})")
        elif found["type"] in ("missing", "missing_argument", "missing_keyword_only_argument"):
            parts.append(f"key '{key}' is missing")
        elif not key:  # Values that don't fit each other; the input would be all of them.
            parts.append(found["msg"].removeprefix("Value error, "))
        else:
            parts.append(
                f"'{key}' is {found['input']!r}: {found['msg'].removeprefix('Value error, ')}"
            )
    return "; ".join(parts) + "."


def _fields_at(cls: Any, location: tuple[Any, ...]) -> list[str]:
    """The field names of the settings class at a path of keys below `cls`."""
    for key in location:
        cls = {field.name: field.type for field in dataclasses.fields(cls)}[key]
        cls = next((part for part in get_args(cls) if dataclasses.is_dataclass(part)), cls)
    return [field.name for field in dataclasses.fields(cls)]
