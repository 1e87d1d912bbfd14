"""The loss is smallest for maps that peak at the target, and allows stated errors."""

import pytest
import torch
from torch import Tensor

from arm_trainer.vision.encoder import TargetEstimate
from arm_trainer.vision.encoder_loss import UNIT, encoder_loss, heat_map_loss

CELLS = 4


def maps(*cells: int) -> Tensor:
    """(1, 1, cells²) logits that share all probability among these cells."""
    logits = torch.full((1, 1, CELLS**2), -100.0)
    logits[..., list(cells)] = 0.0
    return logits


def at(column: float, row: float) -> Tensor:
    """(1, 1, 2) image coordinates of a point, given in cells from the first one's centre."""
    return (torch.tensor([[[column, row]]]) + 0.5) / CELLS * 2.0 - 1.0


def test_maps_are_right_when_their_mean_is_the_point() -> None:
    assert heat_map_loss(maps(6), at(2.0, 1.0)) == pytest.approx(0.0, abs=1e-4)
    # Between four cells the reference distribution has an entropy, which no map is below.
    between = heat_map_loss(maps(5, 6, 9, 10), at(1.5, 1.5))
    assert between == pytest.approx(torch.log(torch.tensor(4.0)).item(), abs=1e-4)
    assert heat_map_loss(maps(5), at(1.5, 1.5)) > 70.0
    assert heat_map_loss(maps(6), at(2.0, 2.0)) > 90.0


@pytest.mark.parametrize("point", [at(-0.1, 1.0), at(1.0, 3.1), at(float("inf"), 1.0)])
def test_points_outside_the_image_have_no_loss(point: Tensor) -> None:
    assert heat_map_loss(maps(0), point) == 0.0


def loss(error: float, log_scale: float) -> float:
    estimate = TargetEstimate(torch.zeros(1, 3), torch.tensor([log_scale]), maps(6))
    squared = torch.tensor([(error * UNIT) ** 2])
    return float(encoder_loss(estimate, squared, at(2.0, 1.0)))


def test_a_large_error_costs_less_when_its_scale_was_estimated() -> None:
    assert loss(8.0, 2.0) < loss(8.0, 0.0)
    assert loss(0.1, 0.0) < loss(0.1, 2.0)
    assert loss(1.0, 2.0) < loss(8.0, 2.0)
