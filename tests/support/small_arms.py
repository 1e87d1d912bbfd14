"""One small arm as URDF and as MJCF, with two fingers of which one follows the other."""

INERTIAL = (
    '<inertial><origin xyz="0 0 0.1"/><mass value="1"/>'
    '<inertia ixx="0.01" iyy="0.01" izz="0.01" ixy="0" ixz="0" iyz="0"/></inertial>'
)

URDF_ARM = f"""<?xml version="1.0"?>
<robot name="small_arm">
  <link name="world"/>
  <link name="base">
    {INERTIAL}<collision><geometry><box size="0.1 0.1 0.1"/></geometry></collision>
  </link>
  <link name="upper">
    {INERTIAL}<visual><geometry><sphere radius="0.05"/></geometry></visual>
  </link>
  <link name="lower">{INERTIAL}</link>
  <link name="wrist">{INERTIAL}</link>
  <link name="flange"/>
  <link name="tool0"/>
  <link name="left">{INERTIAL}</link>
  <link name="right">{INERTIAL}</link>
  <joint name="mount" type="fixed">
    <parent link="world"/><child link="base"/><origin xyz="0.1 -0.2 0.3" rpy="0 0 0.7"/>
  </joint>
  <joint name="shoulder" type="revolute">
    <parent link="base"/><child link="upper"/><origin xyz="0 0 0.1" rpy="0.1 0.2 0.3"/>
    <axis xyz="0 0 1"/><limit lower="-2" upper="2.5" velocity="1.5" effort="20"/>
    <dynamics damping="0.4" friction="0.1"/>
  </joint>
  <joint name="elbow" type="revolute">
    <parent link="upper"/><child link="lower"/>
    <origin xyz="0 0.05 0.3" rpy="-1.5707963267948966 0 0"/>
    <axis xyz="0 1 1"/><limit lower="-1" upper="1" velocity="2" effort="10"/>
  </joint>
  <joint name="roll" type="continuous">
    <parent link="lower"/><child link="wrist"/><origin xyz="0 0 0.2" rpy="0 1.2 0"/>
    <axis xyz="1 0 0"/><limit velocity="3" effort="5"/>
  </joint>
  <joint name="flange_fixed" type="fixed">
    <parent link="wrist"/><child link="flange"/><origin xyz="0.07 0 0"/>
  </joint>
  <joint name="tool_fixed" type="fixed">
    <parent link="flange"/><child link="tool0"/><origin rpy="0 1.5 0.5"/>
  </joint>
  <joint name="left_finger" type="prismatic">
    <parent link="flange"/><child link="left"/><axis xyz="0 1 0"/>
    <limit lower="0" upper="0.04" velocity="0.1" effort="30"/>
  </joint>
  <joint name="right_finger" type="prismatic">
    <parent link="flange"/><child link="right"/><axis xyz="0 1 0"/>
    <limit lower="-0.07" upper="0.01" velocity="0.1" effort="30"/>
    <mimic joint="left_finger" multiplier="-1.5" offset="0.005"/>
  </joint>
</robot>
"""

MJCF_ARM = """<mujoco model="small_arm">
  <compiler angle="radian" eulerseq="XYZ"/>
  <default><geom mass="1" size="0.05"/></default>
  <worldbody>
    <body name="base" pos="0.1 -0.2 0.3" euler="0 0 0.7">
      <body name="upper" pos="0 0 0.1" euler="0.1 0.2 0.3">
        <joint name="shoulder" range="-2 2.5"/>
        <geom/>
        <body name="lower" pos="0 0.05 0.3" euler="-1.5707963267948966 0 0">
          <joint name="elbow" axis="0 1 1" range="-1 1"/>
          <geom/>
          <body name="wrist" pos="0 0 0.2" euler="0 1.2 0">
            <joint name="roll" axis="1 0 0"/>
            <geom/>
            <body name="flange" pos="0.07 0 0">
              <body name="tool0" euler="0 1.5 0.5"/>
              <body name="left">
                <joint name="left_finger" type="slide" axis="0 1 0" range="0 0.04"/>
                <geom/>
              </body>
              <body name="right">
                <joint name="right_finger" type="slide" axis="0 1 0" range="-0.07 0.01"/>
                <geom/>
              </body>
            </body>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
  <equality>
    <joint joint1="right_finger" joint2="left_finger" polycoef="0.005 -1.5 0 0 0"/>
  </equality>
</mujoco>
"""


def one_joint_urdf(
    link: str = INERTIAL, joint: str = "", more: str = "", kind: str = "revolute"
) -> str:
    """Returns a URDF of a base and a link, with what is to be in the link, the joint, the robot."""
    return (
        f'<robot name="r"><link name="base"/><link name="arm">{link}</link>'
        f'<joint name="j1" type="{kind}"><parent link="base"/><child link="arm"/>{joint}</joint>'
        f"{more}</robot>"
    )


def one_joint_mjcf(body: str = '<joint name="j1"/><geom size="0.1"/>', more: str = "") -> str:
    """Returns an MJCF of one body, with what is to be in the body, and before the bodies."""
    return f'<mujoco>{more}<worldbody><body name="arm">{body}</body></worldbody></mujoco>'
