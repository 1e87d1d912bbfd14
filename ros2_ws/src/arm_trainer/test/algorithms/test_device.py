"""The device is the one asked for; 'auto' takes a GPU for algorithms that gain from it."""

import pytest

from arm_sim.common.errors import UserError
from arm_trainer.algorithms.device import choose_device
from arm_trainer.algorithms.registry import ALGORITHMS


def test_cuda_is_refused_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert choose_device(ALGORITHMS["ppo"], "cpu") == ("cpu", "as asked")
    assert choose_device(ALGORITHMS["sac"], "auto") == ("cpu", "there is no GPU")
    with pytest.raises(UserError, match="PyTorch finds no GPU"):
        choose_device(ALGORITHMS["sac"], "cuda")


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_gpu_is_taken_for_algorithms_with_a_replay_buffer(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "GPU 9")
    algorithm = ALGORITHMS[name]
    device, reason = choose_device(algorithm, "auto")
    if algorithm.has_replay_buffer:
        assert (device, reason) == ("cuda", f"{algorithm.label}'s updates gain from GPU 9")
    else:
        assert (device, reason) == ("cpu", "a network this small is faster on the CPU")
    assert choose_device(algorithm, "cuda") == ("cuda", "as asked: GPU 9")
