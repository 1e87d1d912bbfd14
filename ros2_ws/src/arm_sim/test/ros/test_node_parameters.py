"""A settings class as ROS parameters: names, defaults, help, and mistakes in one sentence."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Literal

import pydantic
import pytest
from rclpy.node import Node

from arm_sim.common.config import settings
from arm_sim.common.errors import UserError
from arm_sim.ros.node_parameters import (
    declare_parameters,
    parameter_values,
    parameters_help,
    parameters_of,
    read_parameters,
)
from arm_sim.ros.node_runtime import ros_context
from arm_sim.ros.sim_parameters import sim_parameters
from arm_sim.simulation.sim_config import SimConfig

MakeNode = Callable[..., Node]


@settings
class Lamp:
    """Settings within settings."""

    power: float = pydantic.Field(5.0, ge=0.0, le=60.0, description="Power, W")
    colour: Literal["white", "yellow"] = "white"


@settings
class Desk:
    """Settings of a test."""

    height: int = pydantic.Field(70, ge=60, le=120, description="Height, cm")
    lamp: Lamp = Lamp()


@pytest.fixture
def make_node() -> Iterator[MakeNode]:
    """Makes nodes that were given parameters on the command line."""
    with ExitStack() as opened:

        def make(**given: object) -> Node:
            options = [part for item in given.items() for part in ("-p", "{}:={}".format(*item))]
            arguments = ["", "--ros-args", *options]
            context = opened.enter_context(ros_context(arguments, domain_id=77))
            node = Node("test", context=context, start_parameter_services=False)
            opened.callback(node.destroy_node)
            return node

        yield make


def test_settings_within_settings_become_prefixed_parameters() -> None:
    found = [(parameter.name, parameter.default) for parameter in parameters_of(Desk)]
    assert found == [("height", 70), ("lamp_power", 5.0), ("lamp_colour", "white")]
    desk = Desk(height=80, lamp=Lamp(power=7.0))
    assert parameter_values(desk) == {"height": 80, "lamp_power": 7.0, "lamp_colour": "white"}


def test_what_is_given_is_declared_and_read_back(make_node: MakeNode) -> None:
    node = make_node(lamp_power=7.5)
    expected = Desk(lamp=Lamp(power=7.5))
    assert declare_parameters(node, Desk, changeable=True) == expected
    assert read_parameters(node, Desk) == expected
    described = node.describe_parameter("lamp_power")
    assert described.description == "Power, W"
    (bounds,) = described.floating_point_range
    assert (bounds.from_value, bounds.to_value) == (0.0, 60.0)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"height": 50}, "height out of range"),
        ({"height": "tall"}, "^Parameter 'height' must be a int: "),
        ({"lamp_colour": "red"}, "^Parameters: 'lamp_colour' is 'red': Input should be 'white'"),
        ({"lamp": 1}, r"^Unknown parameter lamp \(valid: height, lamp_power, lamp_colour, use_sim"),
    ],
)
def test_a_wrong_parameter_is_one_sentence(
    make_node: MakeNode, given: dict[str, object], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        declare_parameters(make_node(**given), Desk)


def test_the_help_names_default_and_meaning() -> None:
    assert parameters_help("desk_node", Desk).splitlines() == [
        "usage: desk_node --ros-args -p NAME:=VALUE …, where NAME is one of",
        "  height (default: 70)",
        "      Height, cm",
        "  lamp_power (default: 5.0)",
        "      Power, W",
        "  lamp_colour (default: 'white')",
    ]


def test_a_simulators_settings_survive_the_way_through_parameters(make_node: MakeNode) -> None:
    config = SimConfig().replace(
        mode="lockstep",
        num_arms=3,
        control_rate=12.5,
        cameras="front_camera,top_camera",
        image={"width": 64, "quality": "high"},
        appearance={"light": 0.25, "seed": 7},
    )
    given = sim_parameters(config)
    assert list(given) == [
        *("mode", "num_arms", "control_rate", "cameras", "image_width", "image_quality"),
        *("appearance_light", "appearance_seed"),
    ]
    assert declare_parameters(make_node(**given), SimConfig) == config
    assert sim_parameters(SimConfig()) == {}
