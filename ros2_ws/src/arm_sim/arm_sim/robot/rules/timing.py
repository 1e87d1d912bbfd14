"""Rule on the simulation's timestep."""

import math
from collections.abc import Iterator

import mujoco

from arm_sim.robot.scene_settings import SceneSettings

CONTROL_PERIOD_NS = 50_000_000  # Of training and of the simulator, by default.


def timestep_divides_the_control_period(
    model: mujoco.MjModel, settings: SceneSettings
) -> Iterator[str]:
    """A control period is a whole number of timesteps."""
    if settings.timestep is None:
        return
    steps = CONTROL_PERIOD_NS / (settings.timestep * 1e9)
    if abs(steps - round(steps)) > 1e-9 * steps or round(steps) < 1:
        # The next shorter one that is a whole number of nanoseconds.
        counts = range(math.ceil(steps), CONTROL_PERIOD_NS)
        count = next((n for n in counts if CONTROL_PERIOD_NS % n == 0), CONTROL_PERIOD_NS)
        yield (
            f"The timestep, {settings.timestep:g} s, does not divide the control period, 0.05 s: "
            f"write 'timestep: {CONTROL_PERIOD_NS / count / 1e9:g}' into a scene YAML."
        )
