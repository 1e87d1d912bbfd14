"""Heat maps are computed for each image by itself, and their soft-argmax is their mean."""

import torch

from arm_trainer.vision.heat_maps import HeatMaps


def test_each_image_has_maps_of_its_own() -> None:
    torch.manual_seed(0)
    network = HeatMaps(17, maps=2)
    images = torch.randint(0, 256, (3, 4 * 3, 17, 17), dtype=torch.uint8)
    logits = network(images)
    assert logits.shape == (3, 4, 2, 9 * 9)
    alone = network(images[1:2, 6:9])
    torch.testing.assert_close(alone[0, 0], logits[1, 2])


def test_soft_argmax_is_the_mean_in_image_coordinates() -> None:
    network = HeatMaps(8, maps=1)
    logits = torch.full((1, 1, 1, 16), -1e4)
    # Half of the probability on each of two cells of 4 × 4: row 0, column 3, and row 2, column 3.
    logits[..., [3, 11]] = 20.0
    points, confidences = network.soft_argmax(logits)
    torch.testing.assert_close(points[0, 0, 0], torch.tensor([0.75, -0.25]))
    total = 0.1 * (20.0 + torch.log(torch.tensor(2.0)))
    torch.testing.assert_close(confidences[0, 0, 0], torch.stack([total, torch.tensor(0.5)]))
