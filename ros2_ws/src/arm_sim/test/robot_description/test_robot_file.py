"""A robot file is read by what it holds; what is no robot file is refused in one sentence."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_sim.robot_description.robot_file import RobotFile, read_robot_file
from support.small_arms import MJCF_ARM, URDF_ARM, one_joint_mjcf, one_joint_urdf

Read = Callable[..., RobotFile]
Refusal = Callable[..., str]
Write = Callable[..., Path]


def test_the_kind_of_file_is_told_by_its_root_element(read: Read) -> None:
    assert read(URDF_ARM, "arm.xml").velocity_limits["elbow"] == 2.0
    assert read(MJCF_ARM, "arm.urdf").velocity_limits == {}


def test_each_call_gives_a_spec_of_its_own(write: Write) -> None:
    path = write("arm.urdf", URDF_ARM)
    first, second = read_robot_file(path), read_robot_file(path)
    first.spec.delete(first.spec.body("upper"))
    assert second.spec.body("upper") is not None
    assert second.spec.compile().njnt == 5


def test_the_hash_is_that_of_the_contents_wherever_they_are(write: Write) -> None:
    text = one_joint_mjcf(more='<include file="part.xml"/>')
    part = '<mujoco><option timestep="0.001"/></mujoco>'
    hashes = []
    for folder, content in (("a", part), ("b/c", part), ("d", part.replace("1", "2"))):
        write(f"{folder}/part.xml", content)
        hashes.append(read_robot_file(write(f"{folder}/arm.xml", text)).content_hash)
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xml", "  \n", "a.xml is empty."),
        ("a.xml", "a robot", "a.xml is neither an MJCF nor a URDF file: it has no XML element."),
        ("a.xml", b"PK\3\4\0\0", "a.xml is no text"),
        ("a.xml", URDF_ARM.encode("utf-16"), "a.xml is in UTF-16; save it in UTF-8."),
        ("a.xml", one_joint_mjcf().replace("j1", "jé").encode("latin-1"), "a.xml, line 1: a char"),
        ("a.urdf", URDF_ARM.replace("base", "bäse").encode("latin-1"), "a.urdf, line 4: a char"),
        ("a.xml", "<!DOCTYPE html><html/>", "a.xml is a web page; download the raw file."),
        ("a.xml", "<?xml?><!-- <robot> --><sdf/>", "a.xml is an SDF file; use the robot's URDF"),
        ("a.xml", "<element/>", "a.xml is neither MJCF (<mujoco>) nor URDF (<robot>): <element>."),
        ("a.urdf", b"version https://git-lfs.github.com/spec/v1\n", "a.urdf is a Git LFS pointer"),
        ("a.urdf", "<robot>" + "<link/>" * 30_000, "a.urdf has some 30001 XML elements"),
        ("a.xml", "<?" * 9_000, "a.xml is neither an MJCF nor a URDF file"),
    ],
)
def test_what_is_no_robot_file_is_named(
    refusal: Refusal, name: str, content: str | bytes, sentence: str
) -> None:
    assert refusal(content, name).startswith(sentence)


@pytest.mark.parametrize("name", ["bomb.xml", "bomb.urdf"])
def test_entities_that_would_grow_without_end_are_refused(refusal: Refusal, name: str) -> None:
    entities = '<!ENTITY a0 "aaaaaaaaaa">' + "".join(
        f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(12)
    )
    text = one_joint_urdf() if name.endswith("urdf") else one_joint_mjcf()
    content = f"<!DOCTYPE x [{entities}]>" + text.replace("j1", "&a12;")
    assert "defines XML entities" in refusal(content, name)


def test_bytes_that_are_no_utf8_do_no_harm_in_comments(read: Read) -> None:
    assert read(b"<!-- \xe9 -->" + URDF_ARM.removeprefix('<?xml version="1.0"?>').encode())


def test_a_comment_or_line_before_the_declaration_does_no_harm(read: Read) -> None:
    assert read("\n<!-- made by -- hand -->\n" + URDF_ARM).spec.compile().njnt == 5


def test_what_is_no_regular_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xml")
    (tmp_path / "folder.xml").mkdir()
    (tmp_path / "loop.xml").symlink_to("loop.xml")
    with (tmp_path / "huge.xml").open("wb") as file:
        file.truncate(100 * 2**20)
    for name, sentence in (
        ("pipe.xml", "is no regular file"),
        ("folder.xml", "is a folder"),
        ("loop.xml", "symbolic links"),
        ("huge.xml", "has 100 MB"),
        ("none.xml", "There is no file"),
        ("x" * 300, "name too long"),
    ):
        with pytest.raises(UserError, match=sentence):
            read_robot_file(tmp_path / name)


def test_a_reference_to_a_pipe_is_not_opened(refusal: Refusal, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "arm.xml.stl")
    text = one_joint_mjcf(more='<asset><mesh name="m" file="arm.xml.stl"/></asset>')
    assert "no regular file" in refusal(text, "arm.xml")


@pytest.mark.parametrize("name", ["arm.urdf.xacro", "arm.xacro", "arm.urdf"])
def test_xacro_is_told_from_urdf(refusal: Refusal, name: str) -> None:
    expanded = "arm_expanded.urdf" if name == "arm.urdf" else "arm.urdf"
    hint = f"{name} is a xacro file; expand it first: xacro {name} > {expanded}"
    assert refusal(one_joint_urdf(more='<xacro:macro name="m"/>'), name) == hint
    assert refusal(one_joint_urdf().replace("j1", "${prefix}j1"), name) == hint


def test_an_expanded_xacro_file_is_urdf(read: Read) -> None:
    namespace = 'xmlns:xacro="http://www.ros.org/wiki/xacro"'
    assert read(URDF_ARM.replace("<robot", f"<robot {namespace}"))


def test_comments_and_declarations_without_end_are_read_in_no_time(refusal: Refusal) -> None:
    assert "malformed XML" in refusal("<mujoco>" + "<!--" * 1_000_000, "a.xml")
    assert "XML elements" in refusal("<?" * 1_000_000, "a.xml")
