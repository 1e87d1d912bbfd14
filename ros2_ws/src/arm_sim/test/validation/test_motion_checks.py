"""A joint that chatters is an error that says what to type; one that is weak is a warning."""

from collections.abc import Callable

Changes = dict[str, str]

WRIST = (
    '<position name="wrist_3_joint" joint="wrist_3_joint" class="link" kp="300" '
    'forcerange="-28 28"/>'
)


def test_a_sound_arm_arrives_and_rests(texts: Callable[..., str]) -> None:
    assert "every arm joint arrives and rests within 2 s" in texts("fine")


def test_chatter_is_an_error_that_says_what_to_type(texts: Callable[..., str]) -> None:
    chatter = {
        'armature="0.1"': 'armature="0"',
        WRIST: '<general name="wrist_3_joint" joint="wrist_3_joint" biastype="affine" '
        'gainprm="5000" biasprm="0 -5000 -1000" forcerange="-28 28"/>',
    }
    found = texts("error", chatter, {"home:": "rotor_inertia: {}\nhome:"})
    assert "these joints do not come to rest" in found
    assert "wrist_3_joint (" in found
    assert "rotor_inertia: {" in found
    assert "'timestep: 0.0025'" in found


def test_a_weak_joint_is_a_warning(texts: Callable[..., str]) -> None:
    weak = {WRIST: WRIST.replace('"-28 28"', '"-0.001 0.001"')}
    assert "still away from their target after 2 s" in texts("warning", weak)
