"""Links and joints that make no tree are refused by their names."""

from collections.abc import Callable

import pytest

from support.small_arms import INERTIAL, one_joint_urdf

LINK = f'<link name="b">{INERTIAL}</link>'


def joint(name: str, parent: str, child: str, kind: str = "revolute") -> str:
    ends = f'<parent link="{parent}"/><child link="{child}"/>'
    return f'<joint name="{name}" type="{kind}">{ends}</joint>'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (one_joint_urdf(more='<link name="arm"/>'), "two links have the name 'arm'"),
        (one_joint_urdf(more="<link/>"), "a link has no name"),
        (one_joint_urdf(more=LINK + joint("j1", "arm", "b")), "two joints have the name 'j1'"),
        (
            one_joint_urdf().replace('name="j1" ', ""),
            "the revolute joint between the links 'base' and 'arm' has no name",
        ),
        (one_joint_urdf(more=LINK + joint("j2", "arm", "c")), "'j2': there is no link 'c'"),
        (one_joint_urdf(more='<joint name="j2" type="fixed"/>'), "'j2': it names none"),
        (one_joint_urdf(kind="rotary"), "has the type 'rotary' (valid: revolute, continuous"),
        (
            one_joint_urdf(more=joint("j2", "base", "arm")),
            "the link 'arm' is the child of two joints, 'j1' and 'j2'",
        ),
        (one_joint_urdf(more=joint("j2", "arm", "base")), "these links form a loop"),
        (one_joint_urdf(more=LINK + joint("j2", "b", "b")), "each the parent of the next: b."),
        (
            one_joint_urdf(
                more=f'{LINK}<link name="c"/>' + joint("j2", "b", "c") + joint("j3", "c", "b")
            ),
            "each the parent of the next: c, b.",
        ),
        (one_joint_urdf().replace('"arm"', '"world"'), "the link 'world' has to be the first"),
        ('<robot name="r"><group name="g"/></robot>', "has no <link>"),
        (one_joint_urdf(more="".join(f'<link name="l{i}"/>' for i in range(600))), "has 602 links"),
        (one_joint_urdf(kind="fixed"), "has no joint that turns or slides"),
        ("<robot>\n<link name='a'>\n</robot>", "arm.urdf, line 3: malformed XML: mismatched tag."),
    ],
)
def test_what_is_no_tree_is_named(refusal: Callable[..., str], text: str, sentence: str) -> None:
    assert sentence in refusal(text)
