"""YAML becomes typed values; a mistake in it is one sentence that names what is valid."""

import dataclasses
from pathlib import Path
from typing import Literal

import pydantic
import pytest

from arm_sim.common.config import build, read_yaml, settings
from arm_sim.common.errors import UserError


@settings
class Wheel:
    """A part of the settings below."""

    radius: float = pydantic.Field(gt=0)
    spokes: int = 12


@settings
class Bicycle:
    """Settings of a test."""

    name: str
    gears: int = pydantic.Field(1, ge=1, le=30)
    wheel: Wheel = Wheel(radius=0.3)


@settings
class Shed:
    """Settings in mappings and in unions."""

    wheels: dict[str, Wheel] = pydantic.Field(default_factory=dict)
    best: Wheel | Literal["none"] | None = None


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bicycle.yaml"


def test_values_and_defaults_are_taken() -> None:
    found = build(Bicycle, {"name": "gazelle", "wheel": {"radius": 1}}, "here")
    assert found == Bicycle(name="gazelle", gears=1, wheel=Wheel(radius=1.0, spokes=12))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": "x", "bell": 1}, "here: unknown key 'bell' (valid: name, gears, wheel)."),
        (
            {"name": "x", "wheel": {"radius": 1, "tyre": 2}},
            "here: unknown key 'wheel.tyre' (valid: radius, spokes).",
        ),
        ({}, "here: key 'name' is missing."),
        ({"name": "x", "wheel": {}}, "here: key 'wheel.radius' is missing."),
        ({"name": 5}, "here: 'name' is 5: Input should be a valid string."),
        ({"name": "x", "gears": 31}, "here: 'gears' is 31: Input should be less than or equal to"),
        ({"name": "x", "gears": 2.5}, "here: 'gears' is 2.5: Input should be a valid integer"),
        ({"name": "x", "gears": "many"}, "here: 'gears' is 'many': Input should be a valid int"),
        ({"name": "x", "gears": None}, "here: 'gears' is None: Input should be a valid integer"),
        ({"name": "x", "wheel": {"radius": 0}}, "here: 'wheel.radius' is 0: Input should be gr"),
        ({"name": "x", "wheel": {"radius": float("nan")}}, "here: 'wheel.radius' is nan: Input"),
        ({"name": "x", "wheel": 3}, "here: 'wheel' is 3: Input should be a dictionary"),
        ({"name": "x", 1: 2}, "here: '1' is 1: Keys should be strings."),
    ],
)
def test_a_mistake_is_one_sentence(values: dict, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        build(Bicycle, values, "here")
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"wheels": {"spokes": {"tyre": 2, "radius": 1}}},
         "here: unknown key 'wheels.spokes.tyre' (valid: radius, spokes)."),
        ({"wheels": {"old": {}}}, "here: key 'wheels.old.radius' is missing."),
        ({"wheels": {"old": 3}}, "here: 'wheels.old' is 3: Input should be a dictionary"),
        ({"best": {"radius": 1, "tyre": 2}}, "here: unknown key 'best.tyre' (valid: radius, spok"),
        ({"best": {"radius": "big"}}, "here: 'best.radius' is 'big': Input should be a valid num"),
        ({"best": "all"}, "here: 'best' is 'all': Input should be a dictionary or an instance of "
         "Wheel; 'best' is 'all': Input should be 'none'."),
    ],
)  # fmt: skip
def test_a_key_is_named_as_in_the_yaml(values: dict, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        build(Shed, values, "here")
    assert str(caught.value).startswith(sentence)


def test_a_value_of_aliases_of_aliases_is_shown_shortened(file: Path) -> None:
    lists = ["&a0 [x, x, x, x, x, x, x, x, x]"]
    lists += [f"&a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 8)]
    file.write_text(f"name: [{', '.join(lists)}]\n")
    with pytest.raises(UserError) as caught:
        build(Bicycle, read_yaml(file), "here")
    assert "'name' is [['x', 'x'" in str(caught.value) and len(str(caught.value)) < 2000


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(UserError) as caught:
        build(Bicycle, {"bell": 1, "gears": 0}, "here")
    for part in ("'name' is missing", "unknown key 'bell'", "'gears' is 0"):
        assert part in str(caught.value)


def test_settings_do_not_change_once_built() -> None:
    found = build(Bicycle, {"name": "x"}, "here")
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.gears = 2  # type: ignore[misc]


def test_a_mapping_is_read(file: Path) -> None:
    file.write_text("name: vélo\nwheel: {radius: 0.35}\n", encoding="utf-8")
    assert read_yaml(file) == {"name": "vélo", "wheel": {"radius": 0.35}}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_is_an_empty_mapping(file: Path, text: str) -> None:
    file.write_text(text)
    assert read_yaml(file) == {}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"- a\n- b\n", "must hold 'key: value' lines, not a list."),
        (b"bicycle", "must hold 'key: value' lines, not a str."),
        (b"a: [1, 2", "is not YAML: while parsing a flow sequence"),
        (b"a: 1\n b: 2\n", "is not YAML"),
        (b"a: !!python/object/apply:os.getcwd []", "is not YAML"),
        (b"a: \x00", "is not YAML"),
        (b"a: \xff\xfe", "Can't read"),
        pytest.param(
            *(b"a: 2001-99-99", "is not YAML"),
        ),
    ],
)
def test_what_is_not_a_mapping_is_one_sentence(file: Path, content: bytes, sentence: str) -> None:
    file.write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_yaml(file)
    assert sentence in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_one_sentence(file: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Can't read .*bicycle\.yaml: No such file or directory\."):
        read_yaml(file)
    with pytest.raises(UserError, match=r"Can't read .*: Is a directory\."):
        read_yaml(tmp_path)
