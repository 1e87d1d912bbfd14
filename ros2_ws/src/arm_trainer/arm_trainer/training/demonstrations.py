"""Demonstrations: a policy first imitates what its task demonstrates, then learns by itself.

Dataset aggregation (DAgger: Ross, Gordon and Bagnell, A reduction of imitation learning and
structured prediction to no-regret online learning, AISTATS 2011): in the first round the
demonstration acts, in the later ones the policy, and every state is labelled with what the
demonstration would do there. So the policy also learns to come back from its own mistakes.
"""

import threading
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from tqdm import tqdm

from arm_sim.common.arrays import Floats
from arm_sim.common.command import Stopped
from arm_trainer.envs.batch_env import BatchEnv

_ROUNDS, _EPOCHS, _BATCH, _LEARNING_RATE = 5, 12, 512, 1e-3
# Standard deviation of the noise on what is done, and share of the later rounds' periods in which
# the demonstration acts.
_NOISE, _HELP = 0.3, 0.25
# Returns need the rewards of so many discounted periods; the last ones are not complete.
_HORIZONS = 3.0


def imitate_demonstrations(
    model: OnPolicyAlgorithm, env: BatchEnv, periods: int, seed: int, stop: threading.Event
) -> None:
    """Trains actor and critic of a new model on a task's demonstrations.

    Args:
        model: The model, whose observations are those of the environment.
        env: The arms; its task demonstrates.
        periods: Control periods of every arm, over all rounds.
        seed: Seed of the noise.
        stop: Ends it early.

    Raises:
        Stopped: If `stop` is set meanwhile.
    """
    random = np.random.default_rng([3, seed])
    each = max(1, periods // _ROUNDS)
    observations: list[NDArray[np.float32]] = []
    wanted: list[NDArray[np.float32]] = []
    env.reset(np.arange(env.num_arms))
    with tqdm(total=_ROUNDS * each * env.num_arms, unit="step", desc="demonstrations") as bar:
        for number in range(_ROUNDS):
            rewards, ends, seen = [], [], []
            for _ in range(each):
                if stop.is_set():
                    raise Stopped
                shown = env.interface.demonstration(env.observed).astype(np.float32)
                seen.append(env.observations.copy())
                wanted.append(shown)
                acted = shown
                if number:
                    own = model.predict(env.observations, deterministic=True)[0]
                    acted = np.where(random.random((len(own), 1)) < _HELP, shown, own)
                noise = random.normal(0.0, _NOISE, acted.shape)
                result = env.step(np.clip(acted + noise, -1.0, 1.0))
                rewards.append(result.rewards)
                ends.append(result.done)
                if result.done.any():
                    env.autoreset(np.flatnonzero(result.done))
                bar.update(env.num_arms)
            observations += seen
            returns = _discounted(np.array(rewards), np.array(ends), model.gamma)
            valued = max(1, each - round(_HORIZONS / (1.0 - model.gamma)))
            _fit(model, observations, wanted, seen[:valued], returns[:valued])
            bar.set_postfix(success=f"{env.curriculum.rates[0]:.0%}", refresh=False)


def _discounted(rewards: Floats, ends: NDArray[np.bool_], gamma: float) -> Floats:
    """Returns (T, N) sums of discounted rewards (T, N), from each period to its episode's end."""
    returns, following = np.zeros(rewards.shape), np.zeros(rewards.shape[1])
    for t in reversed(range(len(rewards))):
        following = returns[t] = rewards[t] + gamma * np.where(ends[t], 0.0, following)
    return returns


def _fit(
    model: OnPolicyAlgorithm,
    observations: list[NDArray[np.float32]],
    wanted: list[NDArray[np.float32]],
    valued: list[NDArray[np.float32]],
    returns: Floats,
) -> None:
    """Fits the actor's mean to what was shown, and the critic to the newest round's returns."""
    policy: Any = model.policy
    device = model.device
    states, actions = (
        torch.as_tensor(np.concatenate(parts), device=device) for parts in (observations, wanted)
    )
    judged = torch.as_tensor(np.concatenate(valued), device=device)
    values = torch.as_tensor(returns.reshape(-1, 1), dtype=torch.float32, device=device)
    optimizer = torch.optim.Adam(policy.parameters(), lr=_LEARNING_RATE)
    policy.set_training_mode(True)
    for _ in range(_EPOCHS):
        order = torch.randperm(len(states), device=device)
        for chunk in order.split(_BATCH):
            among = torch.randint(len(judged), (len(chunk),), device=device)
            mean = policy.get_distribution(states[chunk]).distribution.mean
            loss = (mean - actions[chunk]).square().mean()
            loss = loss + (policy.predict_values(judged[among]) - values[among]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
