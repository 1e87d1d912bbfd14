"""Bodies without a name get one of their own; others keep theirs."""

import mujoco

from arm_sim.robot_description.body_names import name_bodies

TREE = """
<mujoco>
  <worldbody>
    <body><geom size="0.1"/><body name="body_2"/><body><geom size="0.1"/></body></body>
    <body name="last"/><body/>
  </worldbody>
</mujoco>
"""


def test_every_body_has_a_name_of_its_own() -> None:
    spec = mujoco.MjSpec.from_string(TREE)
    name_bodies(spec)
    model = spec.compile()
    names = [model.body(i).name for i in range(model.nbody)]
    assert names == ["world", "body_1", "body_2", "body_3", "last", "body_5"]


def test_a_name_that_the_file_has_is_not_given_again() -> None:
    spec = mujoco.MjSpec.from_string(TREE.replace('"last"', '"body_5"'))
    name_bodies(spec)
    assert spec.compile().body(5).name == "body_5_"
