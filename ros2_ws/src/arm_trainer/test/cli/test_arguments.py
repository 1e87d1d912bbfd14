"""Options follow from settings classes; an empty string is as if an option were not given."""

import argparse
from typing import Any, Literal

import pydantic
import pytest

from arm_sim.common.config import settings
from arm_sim.common.errors import UserError
from arm_trainer.cli.arguments import CommandLine, require_at_least_one, split_ros_arguments


@settings
class Wheels:
    """Fields of every type that options have."""

    count: int = pydantic.Field(4, description="Wheels in all")
    radius: float = pydantic.Field(0.5, description="Radius, 100 % pumped, m")
    kind: Literal["rubber", "wood"] = "rubber"
    names: list[str] = pydantic.Field([], description="Names of them")
    spare: bool = pydantic.Field(False, description="One more")


def parser(**options: Any) -> CommandLine:
    made = CommandLine(prog="car")
    for name in ("count", "radius", "kind", "names", "spare"):
        made.add_setting(Wheels, name, **options)
    return made


def test_values_have_the_types_of_their_fields() -> None:
    given = ["--count=3", "--radius=0.25", "--kind=steel", "--names=a,b", "--spare"]
    assert vars(parser().parse_args(given)) == {
        "count": 3,
        "radius": 0.25,
        "kind": "steel",  # The settings class checks values, not the command line.
        "names": ["a", "b"],
        "spare": True,
    }


@pytest.mark.parametrize("given", [[], ["--count=", "--radius=", "--kind=", "--names="]])
def test_what_is_not_given_or_empty_is_none(given: list[str]) -> None:
    assert set(vars(parser().parse_args(given)).values()) == {None}


def test_defaults_can_be_filled_in() -> None:
    made = CommandLine(prog="car")
    made.add_setting(Wheels, "count", fill_in=True)
    assert made.parse_args([]).count == made.parse_args(["--count="]).count == 4


def test_help_has_description_and_default() -> None:
    text = " ".join(parser(before="with a car: ").format_help().split())
    assert "with a car: wheels in all (default: 4)" in text
    assert "radius, 100 % pumped, m (default: 0.5)" in text
    assert "names of them --spare" in text


def test_a_wrong_type_is_one_sentence() -> None:
    with pytest.raises(UserError, match=r"Argument --count: invalid int value: 'x' \(see --help\)"):
        parser().parse_args(["--count=x"])


def test_a_number_below_one_is_one_sentence() -> None:
    require_at_least_one(argparse.Namespace(num_arms=1, seeds=None), "num_arms", "seeds")
    with pytest.raises(UserError, match=r"^--num-arms is 0; it must be at least 1\.$"):
        require_at_least_one(argparse.Namespace(num_arms=0), "num_arms")


def test_ros_arguments_are_split_off() -> None:
    given = ["--a", "--ros-args", "-p", "x:=1", "--", "--b"]
    assert split_ros_arguments(given) == (["--a", "--b"], ["--ros-args", "-p", "x:=1"])
    assert split_ros_arguments(["--a"]) == (["--a"], [])
