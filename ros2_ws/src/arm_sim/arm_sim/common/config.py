"""Reads YAML files into typed, validated dataclasses.

A settings class is a dataclass decorated with `settings`:

    @settings
    class Wheel:
        radius: float = pydantic.Field(gt=0)

    build(Wheel, read_yaml(path), str(path))

Pydantic checks types, ranges and unknown keys; this module turns its errors into one sentence.
"""

import dataclasses
import reprlib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import pydantic
import yaml
from pydantic.dataclasses import dataclass as _pydantic_dataclass

from arm_sim.common.errors import UserError

T = TypeVar("T")

# Shows a wrong value, of which a few lines of YAML aliases can make gigabytes.
_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 3, 100, 100

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
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"Can't read {path}: {getattr(error, 'strerror', None) or error}."
        ) from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, source: str) -> dict[str, Any]:
    """Returns the mapping that a text in YAML holds.

    Args:
        text: The text.
        source: Where it is from, for the error message.

    Raises:
        UserError: If it is not YAML, or not a mapping.
    """
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # PyYAML raises ValueError for invalid dates.
        raise UserError(f"{source} is not YAML: {' '.join(str(error).split())}.") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UserError(f"{source} must hold 'key: value' lines, not a {type(content).__name__}.")
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
        names, _ = _follow(cls, found["loc"])
        key = separator.join(names)
        if found["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            _, parent = _follow(cls, found["loc"][:-1])
            valid = ", ".join(field.name for field in dataclasses.fields(parent))
            parts.append(f"unknown key '{key}' (valid: {valid})")
        elif found["type"] in ("missing", "missing_argument", "missing_keyword_only_argument"):
            parts.append(f"key '{key}' is missing")
        elif not key:  # Values that don't fit each other; the input would be all of them.
            parts.append(found["msg"].removeprefix("Value error, "))
        else:
            parts.append(
                f"'{key}' is {_SHORT.repr(found['input'])}: "
                f"{found['msg'].removeprefix('Value error, ')}"
            )
    return "; ".join(parts) + "."


def _follow(cls: Any, location: tuple[Any, ...]) -> tuple[list[str], Any]:
    """Follows the location of an error: the keys in the YAML, and the type of the value there.

    Where a value may be of several types, pydantic puts the name of one of them into the location.
    """
    names = []
    for key in location:
        members = _members(cls)
        if len(members) > 1:
            cls = next((m for m in members if getattr(m, "__name__", "") == key), None)
            continue
        names.append(str(key))
        cls = members[0] if members else None
        if dataclasses.is_dataclass(cls):
            cls = {field.name: field.type for field in dataclasses.fields(cls)}.get(key)
        else:  # A mapping's values, or a list's items.
            cls = next((arg for arg in reversed(get_args(cls)) if arg is not ...), None)
    members = _members(cls)
    return names, members[0] if members else None


def _members(cls: Any) -> list[Any]:
    """The types that a value may have, besides None."""
    if get_origin(cls) is Annotated:
        return _members(get_args(cls)[0])
    is_union = get_origin(cls) in (Union, types.UnionType)
    return [m for m in (get_args(cls) if is_union else (cls,)) if m not in (None, types.NoneType)]
