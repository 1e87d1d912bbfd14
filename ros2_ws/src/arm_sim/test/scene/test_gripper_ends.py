"""A gripper's closed and open ends are found, whatever drives it."""

import mujoco
import numpy as np
import pytest

from arm_sim.robot_description.ensure_servos import ensure_servos
from arm_sim.scene.gripper_ends import GripperEnds, find_gripper_ends
from support.primitive_arms import FINGERS, JOINTS, chain, finger, fingers, jaw, mjcf, servos

SITE = '<site name="tool" pos="0 0 0.15"/>'
TENDON = (
    '<tendon><fixed name="split"><joint joint="left_finger" coef="0.5"/>'
    '<joint joint="right_finger" coef="0.5"/></fixed></tendon>'
)
COUPLED = '<equality><joint joint1="left_finger" joint2="right_finger"/></equality>'
OPPOSED = '<equality><joint joint1="right_finger" joint2="left_finger" polycoef="0 -1"/></equality>'


def tendon_servo(gain: float, constant: float) -> str:
    """A servo of the tendon, whose control goes from 0 to 255."""
    return (
        f'<actuator><general tendon="split" ctrlrange="0 255" biastype="affine" gainprm="{gain}" '
        f'biasprm="{constant} -100 -10"/></actuator>'
    )


def ends(end: str, *sections: str, drivers: tuple[str, ...] = FINGERS) -> GripperEnds:
    spec = mujoco.MjSpec.from_string(mjcf(chain(end=SITE + end), *sections))
    model = spec.compile()
    ensure_servos(spec, model, [*JOINTS, *drivers])
    hand = [model.joint(i).name for i in range(len(JOINTS), model.njnt)]
    return find_gripper_ends(spec, spec.compile(), hand, "tool")


def test_two_slides_open_apart() -> None:
    found = ends(fingers(), servos(*JOINTS, *FINGERS))
    assert found == GripperEnds(list(FINGERS), [0.0, 0.0], [0.04, 0.04], {})


def test_mirrored_signs_open_apart() -> None:
    mirrored = finger("left_finger", 0.006, "0 1 0") + finger(
        "right_finger", -0.006, "0 1 0", "-0.04 0"
    )
    found = ends(mirrored, servos(*JOINTS, *FINGERS))
    assert found == GripperEnds(list(FINGERS), [0.0, 0.0], [0.04, -0.04], {})


def test_slides_that_are_shut_at_their_upper_ends_open_downwards() -> None:
    inwards = finger("left_finger", 0.046, "0 -1 0") + finger("right_finger", -0.046, "0 1 0")
    found = ends(inwards, servos(*JOINTS, *FINGERS))
    assert found == GripperEnds(list(FINGERS), [0.04, 0.04], [0.0, 0.0], {})


def test_a_coupled_finger_follows() -> None:
    found = ends(fingers(), COUPLED, servos(*JOINTS, "right_finger"), drivers=("right_finger",))
    assert (found.joints, found.closed, found.open) == (["right_finger"], [0.0], [0.04])
    assert found.followers == pytest.approx({"left_finger": 0.04}, abs=1e-3)


def test_a_follower_may_move_the_other_way() -> None:
    mirrored = finger("left_finger", 0.006, "0 1 0") + finger(
        "right_finger", -0.006, "0 1 0", "-0.04 0"
    )
    found = ends(mirrored, OPPOSED, servos(*JOINTS, "left_finger"), drivers=("left_finger",))
    assert (found.joints, found.open) == (["left_finger"], [0.04])
    assert found.followers == pytest.approx({"right_finger": -0.04}, abs=1e-3)


@pytest.mark.parametrize(
    ("gain", "constant"), [(0.04 / 255 * 100, 0.0), (-0.04 / 255 * 100, 4.0)], ids=["255", "0"]
)
def test_a_tendon_opens_at_either_end_of_its_control(gain: float, constant: float) -> None:
    sections = TENDON, COUPLED, servos(*JOINTS), tendon_servo(gain, constant)
    found = ends(fingers(), *sections, drivers=("left_finger",))
    assert found.joints == ["left_finger"]
    assert found.closed == pytest.approx([0.0], abs=1e-9)
    assert found.open == pytest.approx([0.04], abs=1e-9)
    assert found.followers == pytest.approx({"right_finger": 0.04}, abs=1e-3)


def test_a_jaw_opens_away_from_the_fixed_one() -> None:
    found = ends(jaw(), servos(*JOINTS, "joint_7"), drivers=("joint_7",))
    assert found == GripperEnds(["joint_7"], [0.0], [1.2], {})
    backwards = jaw().replace('axis="-1 0 0" range="0 1.2"', 'axis="1 0 0" range="-1.2 0"')
    found = ends(backwards, servos(*JOINTS, "joint_7"), drivers=("joint_7",))
    assert found == GripperEnds(["joint_7"], [0.0], [-1.2], {})


def test_without_a_gripper_there_are_no_ends() -> None:
    assert ends("", servos(*JOINTS), drivers=()) == GripperEnds([], [], [], {})


def test_the_robot_is_not_changed_by_the_trial() -> None:
    text = mjcf(chain(end=SITE + fingers()), servos(*JOINTS, *FINGERS))
    spec = mujoco.MjSpec.from_string(text)
    before = spec.compile()
    find_gripper_ends(spec, before, list(FINGERS), "tool")
    after = spec.compile()
    assert after.njnt == before.njnt and after.opt.timestep == before.opt.timestep
    np.testing.assert_array_equal(after.opt.gravity, before.opt.gravity)
