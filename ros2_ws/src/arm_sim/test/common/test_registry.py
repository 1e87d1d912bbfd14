"""A registry finds built-in classes and a user's own, and says what is valid where it does not."""

from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_sim.common.registry import Registry


class Circle:
    name = "circle"


@pytest.fixture
def shapes() -> Registry[Circle]:
    return Registry("shape", "arm_sim.test_shapes", {"circle": Circle})


def write(folder: Path, content: str) -> str:
    file = folder / "mine.py"
    file.write_text(content)
    return f"{file}:Mine"


def test_a_built_in_class_is_found_by_its_name(shapes: Registry[Circle]) -> None:
    assert shapes.find("circle") is Circle
    assert shapes.names == ("circle",)


def test_an_unknown_name_lists_the_valid_ones(shapes: Registry[Circle]) -> None:
    with pytest.raises(UserError, match=r"^Unknown shape 'square' \(valid: circle; one of your"):
        shapes.find("square")


def test_a_long_name_is_cut(shapes: Registry[Circle]) -> None:
    with pytest.raises(UserError) as caught:
        shapes.find("x" * 10_000)
    assert len(str(caught.value)) < 250


def test_a_class_of_a_file_is_found_and_then_known_by_its_name(
    shapes: Registry[Circle], tmp_path: Path
) -> None:
    spec = write(tmp_path, "class Mine:\n    name = 'mine'\n")
    found = shapes.find(spec)
    assert found.name == "mine"
    assert shapes.get("mine") is found
    assert shapes.file_of("mine") == spec
    assert shapes.file_of("circle") == ""
    assert shapes.find(spec).name == "mine"  # Read again: no clash with itself.


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "has no class 'Mine' with a 'name', which a shape needs"),
        ("class Mine:\n    pass\n", "has no class 'Mine' with a 'name'"),
        ("class Mine:\n    name = 'circle'\n", "there is a shape named 'circle' already"),
        ("1 / 0", "can't be run: ZeroDivisionError: division by zero"),
        ("class", "can't be run: SyntaxError: invalid syntax"),
    ],
)
def test_a_wrong_file_is_one_sentence(
    shapes: Registry[Circle], tmp_path: Path, content: str, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        shapes.find(write(tmp_path, content))
    assert shapes.names == ("circle",)


def test_a_missing_file_is_one_sentence(shapes: Registry[Circle], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There is no file .*mine\.py for the shape 'Mine'"):
        shapes.find(f"{tmp_path}/mine.py:Mine")


def test_get_never_runs_a_file(shapes: Registry[Circle], tmp_path: Path) -> None:
    spec = write(tmp_path, f"open({str(tmp_path / 'canary')!r}, 'w')")
    with pytest.raises(UserError, match="Unknown shape"):
        shapes.get(spec)
    assert not (tmp_path / "canary").exists()
