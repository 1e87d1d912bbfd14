"""A tool that does not get to the workspace is found."""

from collections.abc import Callable

import pytest

UPPER, LOWER = "upper: [0.80, 0.40, 1.00]", "[0.35, -0.40, 0.53]"


@pytest.mark.parametrize(
    ("level", "sentence", "yaml"),
    [
        ("error", "No arm position within 0.9 rad of home puts the tool into the workspace",
         {UPPER: "upper: [1.90, 1.40, 1.00]", LOWER: "[1.80, 1.30, 0.53]"}),
        ("warning", "Move home or the workspace. Mostly the tool is between",
         {UPPER: "upper: [1.80, 1.40, 2.00]"}),
    ],
)  # fmt: skip
def test_a_fault_is_found(
    texts: Callable[..., str], level: str, sentence: str, yaml: dict[str, str]
) -> None:
    assert sentence in texts(level, yaml=yaml)
