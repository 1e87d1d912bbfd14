"""Scene settings as the text of a YAML file, for people to read and to keep."""

import dataclasses
from typing import Any

import yaml

from arm_sim.robot.scene_settings import SceneSettings


def scene_yaml(settings: SceneSettings, file_name: str) -> str:
    """Returns complete settings of a robot file as the text of a scene YAML, with comments.

    Reading it gives equal settings: numbers have all their digits.
    """
    described: dict[str, Any] = SceneSettings.__pydantic_fields__  # type: ignore[attr-defined]
    lines = [f"# The scene of {file_name}. Every line may be changed, or left out to be derived."]
    for field in dataclasses.fields(settings):  # type: ignore[arg-type]
        value = _plain(getattr(settings, field.name))
        if value in (None, ""):
            continue
        lines.append(f"# {described[field.name].description}.")
        lines.append(_entry(field.name, value))
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _entry(key: str, value: Any) -> str:
    """One key: a mapping of mappings over several lines, anything else in one."""
    if isinstance(value, dict) and any(isinstance(item, dict) for item in value.values()):
        inner = [f"  {_flow(name)}: {_flow(item)}" for name, item in value.items()]
        return "\n".join([f"{key}:", *inner])
    return f"{key}: {_flow(value)}"


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...").strip()
