"""Settings classes as ROS parameters: declared, read and explained by `--help`.

Descriptions and ranges are those of the class's `pydantic.Field`s. A field that holds settings of
its own becomes one parameter for each of these, with the field's name as prefix: the field `light`
of the settings in `appearance` is the parameter `appearance_light`.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic.fields import FieldInfo
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node

from arm_sim.common.config import build
from arm_sim.common.errors import UserError
from arm_sim.ros.rclpy_internals import parameter_overrides

T = TypeVar("T")


class Parameter(NamedTuple):
    """One parameter of a node.

    Attributes:
        name: Its name.
        default: Its default, which also decides on its type.
        info: The field's description and range; None if it has neither.
    """

    name: str
    default: Any
    info: FieldInfo | None


def parameters_of(cls: type, prefix: str = "") -> list[Parameter]:
    """Returns the parameters of a settings class, in the order of its fields.

    Args:
        cls: A dataclass made with `settings`.
        prefix: Put before each name.
    """
    found = []
    for field in dataclasses.fields(cls):
        info = field.default if isinstance(field.default, FieldInfo) else None
        default = field.default if info is None else info.default
        name = prefix + field.name
        if dataclasses.is_dataclass(default):
            found += parameters_of(type(default), f"{name}_")
        else:
            found.append(Parameter(name, default, info))
    return found


def parameter_values(config: object, prefix: str = "") -> dict[str, Any]:
    """Returns the value of each parameter by which a settings object can be described."""
    values: dict[str, Any] = {}
    for name, value in vars(config).items():
        if dataclasses.is_dataclass(value):
            values |= parameter_values(value, f"{prefix}{name}_")
        else:
            values[prefix + name] = value
    return values


def declare_parameters(node: Node, cls: type[T], *, changeable: bool = False) -> T:
    """Declares the parameters of a settings class and returns their validated values.

    Args:
        node: The node.
        cls: A dataclass made with `settings`.
        changeable: Whether they may be set while the node runs; see `read_parameters`.

    Raises:
        UserError: If a value is of the wrong type or out of range, or an unknown parameter is
            given.
    """
    parameters = parameters_of(cls)
    for parameter in parameters:
        try:
            node.declare_parameter(
                parameter.name, parameter.default, _descriptor(parameter, not changeable)
            )
        except InvalidParameterTypeException as error:
            kind = type(parameter.default).__name__
            raise UserError(f"Parameter '{parameter.name}' must be a {kind}: {error}.") from error
        except InvalidParameterValueException as error:
            raise UserError(f"{error}.") from error
    # rclpy ignores values for parameters that are not declared, so a typing mistake would pass.
    given = [name for name in parameter_overrides(node) if not name.startswith("qos_overrides.")]
    if unknown := [name for name in given if not node.has_parameter(name)]:
        valid = ", ".join(parameter.name for parameter in parameters)
        raise UserError(f"Unknown parameter {', '.join(unknown)} (valid: {valid}, use_sim_time).")
    return read_parameters(node, cls)


def read_parameters(node: Node, cls: type[T]) -> T:
    """Returns the present values of parameters declared with `declare_parameters`.

    Raises:
        UserError: If a value is wrong.
    """
    values = {
        parameter.name: node.get_parameter(parameter.name).value for parameter in parameters_of(cls)
    }
    return build(cls, _nested(cls, values), "Parameters", separator="_")


def parameters_help(executable: str, cls: type) -> str:
    """Returns what `executable --help` prints: every parameter, its default and its meaning."""
    lines = [f"usage: {executable} --ros-args -p NAME:=VALUE …, where NAME is one of"]
    for parameter in parameters_of(cls):
        lines.append(f"  {parameter.name} (default: {parameter.default!r})")
        if parameter.info is not None and parameter.info.description:
            lines.append(f"      {parameter.info.description}")
    return "\n".join(lines)


def _nested(cls: type, values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Returns the fields of a settings class from the values of its parameters."""
    fields = {}
    for field in dataclasses.fields(cls):
        name = prefix + field.name
        if dataclasses.is_dataclass(field.default):
            fields[field.name] = _nested(type(field.default), values, f"{name}_")
        else:
            fields[field.name] = values[name]
    return fields


def _descriptor(parameter: Parameter, read_only: bool) -> ParameterDescriptor:
    descriptor = ParameterDescriptor(read_only=read_only)
    if parameter.info is None:
        return descriptor
    descriptor.description = parameter.info.description or ""
    bounds = {
        key: getattr(constraint, key)
        for constraint in parameter.info.metadata
        for key in ("ge", "le")
        if hasattr(constraint, key)
    }
    if len(bounds) == 2:
        lower, upper = bounds["ge"], bounds["le"]
        if isinstance(parameter.default, float):
            descriptor.floating_point_range = [
                FloatingPointRange(from_value=float(lower), to_value=float(upper))
            ]
        elif isinstance(parameter.default, int):
            descriptor.integer_range = [IntegerRange(from_value=lower, to_value=upper)]
    return descriptor
