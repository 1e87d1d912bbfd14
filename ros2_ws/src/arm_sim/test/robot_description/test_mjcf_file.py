"""What MuJoCo can't read in an MJCF file is said in plain words, with the cure."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot_description.robot_file import RobotFile, read_robot_file
from support.small_arms import one_joint_mjcf

Read = Callable[..., RobotFile]
Write = Callable[..., Path]
BODY = '<joint name="j1"/><geom size="0.1"/>'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            one_joint_mjcf(more='<compiler convexhull="true"/>'),
            "arm.xml, line 1: MuJoCo 4.0.0 has no attribute 'convexhull' of <compiler>",
        ),
        (one_joint_mjcf(more="<foo/>"), "MuJoCo 4.0.0 has no element <foo> there"),
        (one_joint_mjcf(more='<compiler coordinate="global"/>'), "load and save the file once in"),
        (one_joint_mjcf('<joint name="j1"/>'), "the body 'arm' moves but has no mass"),
        (
            one_joint_mjcf('<joint/><inertial pos="0 0 0" mass="1" diaginertia="1 1 5"/>'),
            "the inertia of the body 'arm' is not that of any solid",
        ),
        (one_joint_mjcf(BODY + '<geom size="a"/>'), "the attribute 'size' of <geom> is not what"),
        (one_joint_mjcf(f"{BODY}<body name='arm'/>"), "two elements <body> have the name 'arm'"),
        (one_joint_mjcf('<joint class="x"/>'), "it uses the default class 'x', which it does not"),
        (one_joint_mjcf(more='<include file="none.xml"/>'), "it needs the file none.xml, which is"),
        (
            one_joint_mjcf(more='<compiler meshdir="m"/><asset><mesh file="a.stl"/></asset>'),
            "it needs the file m/a.stl, which is not there",
        ),
        (one_joint_mjcf(more='<include file="arm.xml"/>'), "leads back to it"),
        (one_joint_mjcf(more='<asset><model name="m" file="arm.xml"/></asset>'), "back to it"),
        (
            one_joint_mjcf(f'<replicate count="100000000">{BODY}</replicate>'),
            "asks for 100000000 copies (<replicate>)",
        ),
        ("<mujoco>\n<worldbody>\n</mujoco>", "arm.xml, line 3: malformed XML: mismatched tag."),
        (one_joint_mjcf("<geom size='1'/>"), "has no joint that turns or slides"),
        (one_joint_mjcf("<freejoint/><geom size='1'/>"), "has no joint that turns or slides"),
        (
            one_joint_mjcf('<joint name="elbow" range="90 -90"/><geom size="1"/>'),
            "the range of the joint 'elbow' is upside down: 90 to -90",
        ),
        (
            one_joint_mjcf('<joint name="j1" damping="nan"/><geom size="1"/>'),
            "the joint 'j1' has a number that is not finite",
        ),
        (
            one_joint_mjcf('<joint name="j1"/><geom name="g" size="1" pos="inf 0 0"/>'),
            "has a number that is not finite",
        ),
        ("<mujoco>" + "<body>" * 2000 + "</body>" * 2000 + "</mujoco>", "within each other"),
    ],
)
def test_the_reason_is_named(refusal: Callable[..., str], text: str, sentence: str) -> None:
    assert sentence in refusal(text, "arm.xml")


def test_a_chain_of_models_that_comes_back_is_refused(write: Write) -> None:
    for name, other in (("a", "b"), ("b", "c"), ("c", "b")):
        path = write(
            f"{name}.xml", one_joint_mjcf(more=f'<asset><model file="{other}.xml"/></asset>')
        )
    with pytest.raises(UserError, match=r"c\.xml refers to .*b\.xml, which in turn leads back"):
        read_robot_file(path.with_name("a.xml"))


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ('<mujoco><default><joint damping="1"/></default></mujoco>', "has no joint that turns"),
        ("<mujocoinclude><body/></mujocoinclude>", "is a part that other files include"),
        (one_joint_mjcf('<joint class="x"/>'), "uses the default class 'x'"),
    ],
)
def test_a_part_is_told_by_the_file_that_includes_it(
    write: Write, refusal: Callable[..., str], part: str, reason: str
) -> None:
    write("parts/other.xml", '<mujoco><include file="../scenes/part.xml"/></mujoco>')
    write("scenes/part.xml", "<mujoco/>")
    whole = write("whole.xml", '<mujoco><include file="./parts/part.xml"/></mujoco>')
    sentence = refusal(part, "parts/part.xml")
    assert reason in sentence
    assert sentence.endswith(f"It is a part of {whole}: open that one.")


def test_a_texture_that_can_not_be_read_is_drawn_white(write: Write) -> None:
    write("damaged.png", b"no picture")
    robot = read_robot_file(
        write(
            "arm.xml",
            one_joint_mjcf(
                '<joint name="j1"/><geom size="0.1" material="m"/>',
                '<asset><texture name="t" type="2d" file="none.png"/>'
                '<texture name="u" type="2d" file="damaged.png"/>'
                '<texture name="s" type="skybox" fileright="sky.png"/>'
                '<material name="m" texture="t" rgba="1 0 0 1"/>'
                '<material name="n" texture="u"/></asset>',
            ),
        )
    )
    model = robot.spec.compile()
    np.testing.assert_allclose(model.mat_rgba[0], [1, 0, 0, 1])
    assert (model.tex_data == 255).all()
    (note,) = robot.notes
    assert note == "Textures that can't be read are drawn white: none.png, damaged.png, sky.png."


def test_a_range_that_is_not_used_may_be_upside_down(read: Read) -> None:
    body = '<joint name="j1" limited="false" range="1 -1"/><geom size="0.1"/>'
    assert read(one_joint_mjcf(body), "arm.xml")


def test_the_name_has_to_end_in_xml(refusal: Callable[..., str]) -> None:
    assert "rename it" in refusal(one_joint_mjcf(), "arm.mjcf")


def test_files_of_models_within_models_are_part_of_the_hash(write: Write) -> None:
    write("sub/part.xml", one_joint_mjcf(more='<include file="settings.xml"/>'))
    path = write(
        "arm.xml",
        '<mujoco><asset><model name="m" file="sub/part.xml"/></asset><worldbody>'
        '<body><attach model="m" body="arm" prefix="p_"/></body></worldbody></mujoco>',
    )
    hashes = []
    for step in ("0.001", "0.002"):
        write("sub/settings.xml", f'<mujoco><option timestep="{step}"/></mujoco>')
        hashes.append(read_robot_file(path).content_hash)
    assert hashes[0] != hashes[1]
