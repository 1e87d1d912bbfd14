"""The chosen timestep is the longest, and the additions the smallest, that pass the trials."""

from collections.abc import Callable

import mujoco
import pytest

from arm_sim.robot.robot import Robot
from arm_sim.scene.dynamics import (
    Dynamics,
    apply_dynamics,
    choose_dynamics,
    describe_dynamics,
)

MakeSpec = Callable[..., mujoco.MjSpec]
MakeRobot = Callable[[mujoco.MjSpec], Robot]


@pytest.fixture
def builder(robot_of: MakeRobot) -> Callable[..., Callable[[Dynamics], Robot]]:
    """Makes the function that builds a spec's robot with given dynamics."""

    def of(spec: mujoco.MjSpec) -> Callable[[Dynamics], Robot]:
        def build(dynamics: Dynamics) -> Robot:
            changed = spec.copy()
            apply_dynamics(changed, dynamics)
            return robot_of(changed)

        return build

    return of


def test_a_sound_arm_gets_the_longest_timestep_and_nothing_else(
    small_arm: MakeSpec, builder: Callable
) -> None:
    dynamics, trials = choose_dynamics(builder(small_arm()), 0.002)
    assert dynamics == Dynamics(0.005)
    assert trials.passed
    assert describe_dynamics(dynamics, 0.005) == []
    assert "The timestep is 5 ms (the file's: 2 ms)" in describe_dynamics(dynamics, 0.002)[0]


def test_a_timestep_beyond_5_ms_is_kept_only_if_the_file_has_it(
    small_arm: MakeSpec, builder: Callable
) -> None:
    slow = small_arm({"-30 30": "-5 5"})
    assert choose_dynamics(builder(slow), 0.01)[0].timestep == 0.01
    assert choose_dynamics(builder(slow), 0.015)[0].timestep == 0.005


def test_chatter_is_cured_by_rotor_inertia_and_said(
    light_wrist: mujoco.MjSpec, builder: Callable
) -> None:
    dynamics, trials = choose_dynamics(builder(light_wrist), 0.005)
    assert trials.passed
    assert dynamics.timestep == 0.005
    assert 0.1 < dynamics.rotor_inertia["j3"] < 0.5
    (sentence,) = describe_dynamics(dynamics, 0.005)
    assert "Inertia of the motors' rotors (armature)" in sentence
    assert f"j3 {dynamics.rotor_inertia['j3']:g}" in sentence


def test_servos_without_damping_get_damping_and_it_is_said(
    small_arm: MakeSpec, builder: Callable
) -> None:
    undamped = {'damping="0.5"': 'damping="0"', "-1000 -100": "-1000 0"}
    dynamics, trials = choose_dynamics(builder(small_arm(undamped)), 0.005)
    assert trials.passed
    assert dynamics.joint_damping
    assert "Damping, without which" in describe_dynamics(dynamics, 0.005)[-1]


def test_what_nothing_cures_is_returned_with_its_failed_trials(
    small_arm: MakeSpec, builder: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arm_sim.scene.dynamics._TIMESTEPS_NS", (5_000_000, 2_500_000))
    swinging = small_arm()
    for name in ("j1", "j2", "j3"):
        swinging.joint(name).damping = (-60.0, 0.0, 0.0)
    dynamics, trials = choose_dynamics(builder(swinging), 0.005)
    assert dynamics.timestep == 0.0025
    assert not trials.passed


def test_an_explicit_integrator_becomes_implicit(small_arm: MakeSpec) -> None:
    spec = small_arm()
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_RK4
    apply_dynamics(spec, Dynamics(0.002, {"j1": 0.4}, {"j2": 4.0}))
    model = spec.compile()
    assert model.opt.integrator == mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    assert model.opt.timestep == 0.002
    assert model.dof_armature[:2].tolist() == [0.4, 0.3]
    assert model.dof_damping[:3].tolist() == [0.5, 4.0, 0.5]
