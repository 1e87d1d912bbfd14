"""Messages about objects are read by name, and refused completely with a mistake in them."""

import numpy as np
import pytest
from geometry_msgs.msg import Twist
from hypothesis import given, settings
from hypothesis import strategies as st
from sensor_msgs.msg import MultiDOFJointState

from arm_sim.ros.joint_messages import RejectedMessage, joint_names
from arm_sim.ros.object_messages import ObjectMessage, ObjectReader
from support.messages import placed

NAMES = ("cube", "can")
ALL = (*NAMES, "target")


@pytest.fixture
def reader() -> ObjectReader:
    return ObjectReader("object_reset", NAMES, 1)


def named(*names: str) -> MultiDOFJointState:
    """A message with numbers of its own for each name: positions, and velocities along x."""
    message = placed({name: (i + 0.1, i + 0.2, i + 0.3) for i, name in enumerate(names)}, 7)
    for i in range(len(names)):
        message.twist.append(Twist())
        message.twist[i].linear.x = message.twist[i].angular.x = float(i)
    return message


@pytest.mark.parametrize("arms", [1, 16])
@settings(max_examples=30)
@given(data=st.data())
def test_any_names_in_any_order_are_read_where_they_belong(arms: int, data: st.DataObject) -> None:
    names = joint_names(ALL, arms)
    order = data.draw(st.permutations(range(len(names))))
    chosen = order[: data.draw(st.integers(0, len(names)))]
    read = ObjectReader("object_reset", NAMES, arms).read(named(*(names[i] for i in chosen)))
    assert read.stamp_ns == 7
    assert read.objects.shape == (arms, 2) and read.goals_named.shape == (arms,)
    found = np.column_stack([read.objects, read.goals_named]).ravel()
    assert np.flatnonzero(found).tolist() == sorted(chosen)
    for number, index in enumerate(chosen):
        arm, which = divmod(index, len(ALL))
        place = (number + 0.1, number + 0.2, number + 0.3)
        if which == 2:
            assert read.goals[arm].tolist() == [*place]
        else:
            assert read.poses[arm, which].tolist() == [*place, 0.0, 0.0, 0.0, 1.0]
            moving = [number, 0.0, 0.0]
            assert read.velocities[arm, which].tolist() == [*moving, *moving]


def test_without_twists_objects_are_at_rest(reader: ObjectReader) -> None:
    read = reader.read(placed({"can": (0.1, 0.2, 0.3)}))
    assert read.objects.tolist() == [[False, True]] and not read.velocities.any()


def unknown(message: MultiDOFJointState) -> None:
    message.joint_names[1] = "cup"


def repeated(message: MultiDOFJointState) -> None:
    message.joint_names[1] = message.joint_names[0]


def of_an_arm(message: MultiDOFJointState) -> None:
    message.joint_names[1] = "arm_0/can"


def nan_position(message: MultiDOFJointState) -> None:
    message.transforms[1].translation.y = float("nan")


def infinite_rotation(message: MultiDOFJointState) -> None:
    message.transforms[1].rotation.w = float("inf")


def infinite_velocity(message: MultiDOFJointState) -> None:
    message.twist[1].angular.z = float("inf")


def long_rotation(message: MultiDOFJointState) -> None:
    message.transforms[1].rotation.w = 1.002


def no_rotation(message: MultiDOFJointState) -> None:
    message.transforms[1].rotation.w = 0.0


def few_transforms(message: MultiDOFJointState) -> None:
    message.transforms.pop()


def few_twists(message: MultiDOFJointState) -> None:
    message.twist.pop()


MISTAKES = {
    unknown: "it names cup",
    repeated: "it repeats cube",
    of_an_arm: "it names arm_0/can",
    nan_position: "it is not finite for can",
    infinite_rotation: "it is not finite for can",
    infinite_velocity: "it is not finite for can",
    long_rotation: "it has rotations that are no unit quaternions: can",
    no_rotation: "it has rotations that are no unit quaternions: can",
    few_transforms: "it has 2 transforms for 3 names",
    few_twists: "it has 2 twists for 3 names",
}


@pytest.mark.parametrize(
    ("spoil", "sentence"), MISTAKES.items(), ids=[m.__name__ for m in MISTAKES]
)
def test_a_mistake_is_one_sentence_that_says_what_is_valid(
    reader: ObjectReader, spoil: object, sentence: str
) -> None:
    message = named(*ALL)
    spoil(message)
    with pytest.raises(RejectedMessage) as refused:
        reader.read(message)
    said = str(refused.value)
    assert said.startswith(f"Refused a message on object_reset: {sentence} (valid: cube, can, tar")
    assert "\n" not in said


def test_of_many_arms_the_prefixes_are_valid() -> None:
    reader = ObjectReader("object_reset", NAMES, 3)
    with pytest.raises(RejectedMessage, match=r"valid: arm_0/ to arm_2/ followed by each of cube"):
        reader.read(named("cube"))


def same(one: ObjectMessage, other: ObjectMessage) -> bool:
    fields = zip(vars(one).values(), vars(other).values(), strict=True)
    return all(np.array_equal(a, b) for a, b in fields)


@settings(max_examples=30)
@given(order=st.permutations([*ALL, "cup", "mug", "arm_0/cube"]))
def test_unknown_names_are_ignored_where_perception_may_see_more(order: list[str]) -> None:
    reader = ObjectReader("object_states", NAMES, 1)
    seen = named(*order)
    wanted = named(*order)
    for i in reversed(range(len(order))):
        if order[i] not in ALL:
            # What is not read need not be right.
            seen.transforms[i].translation.x = seen.twist[i].linear.x = float("nan")
            for field in (wanted.joint_names, wanted.transforms, wanted.twist):
                del field[i]
    assert same(reader.read_known(seen), reader.read(wanted))
    seen.twist = []
    assert not reader.read_known(seen).velocities.any()


@pytest.mark.parametrize("spoil", [m for m in MISTAKES if m not in (unknown, of_an_arm)])
@pytest.mark.parametrize("others", [(), ("cup",)])
def test_other_mistakes_are_refused_among_unknown_names_too(
    reader: ObjectReader, spoil: object, others: tuple[str, ...]
) -> None:
    message = named(*ALL, *others)
    spoil(message)
    with pytest.raises(RejectedMessage):
        reader.read_known(message)
