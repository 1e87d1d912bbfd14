"""Two small robot files with traits that makers' files have, written into a folder."""

from pathlib import Path

_TENDON_ARM = """
<mujoco model="tendon_arm">
  <!-- The base off the origin and turned, torque motors with gears, two fingers that one tendon
       opens by a control from 0 (closed) to 255 (open), a table of its own, no home. -->
  <compiler angle="degree" eulerseq="zyx"/>
  <option timestep="0.002" integrator="Euler"/>
  <worldbody>
    <light pos="0 0 3"/>
    <geom name="bench" type="box" size="0.5 0.5 0.02" pos="0.4 -0.3 0.18"/>
    <body name="pedestal" pos="0.4 -0.3 0.2" euler="120 0 0">
      <geom type="cylinder" size="0.07 0.05" pos="0 0 0.05"/>
      <body name="shoulder" pos="0 0 0.12">
        <joint name="j1" axis="0 0 1" range="-170 170"/>
        <geom type="capsule" size="0.04" fromto="0 0 0 0 0 0.1" mass="2"/>
        <body name="upper" pos="0 0 0.1">
          <joint name="j2" axis="0 1 0" range="-110 110"/>
          <geom type="capsule" size="0.035" fromto="0 0 0.05 0 0 0.22" mass="1.5"/>
          <body name="fore" pos="0 0 0.27">
            <joint name="j3" axis="0 1 0" range="-10 150"/>
            <geom type="capsule" size="0.03" fromto="0 0 0.05 0 0 0.2" mass="1"/>
            <body name="roll" pos="0 0 0.23">
              <joint name="j4" axis="0 0 1" range="-360 360"/>
              <geom type="capsule" size="0.025" fromto="0 0 0.03 0 0 0.05" mass="0.5"/>
              <body name="bend" pos="0 0 0.08">
                <joint name="j5" axis="0 1 0" range="-100 100"/>
                <geom type="capsule" size="0.025" fromto="0 0 0 0 0 0.04" mass="0.4"/>
                <body name="palm" pos="0 0 0.07">
                  <joint name="j6" axis="0 0 1"/>
                  <geom type="box" size="0.02 0.05 0.015" pos="0 0 0.015" mass="0.3"/>
                  <body name="finger_a" pos="0 0.005 0.03">
                    <joint name="f1" type="slide" axis="0 1 0" range="0 0.04" damping="10"
                           armature="0.1"/>
                    <geom type="box" size="0.008 0.004 0.025" pos="0 0.004 0.025" mass="0.02"/>
                  </body>
                  <body name="finger_b" pos="0 -0.005 0.03" euler="180 0 0">
                    <joint name="f2" type="slide" axis="0 1 0" range="0 0.04" damping="10"
                           armature="0.1"/>
                    <geom type="box" size="0.008 0.004 0.025" pos="0 0.004 0.025" mass="0.02"/>
                  </body>
                </body>
              </body>
            </body>
          </body>
        </body>
      </body>
    </body>
    <body name="brick" pos="0.9 0.4 0.3">
      <freejoint/>
      <geom type="box" size="0.02 0.02 0.02" mass="0.1"/>
    </body>
  </worldbody>
  <tendon>
    <fixed name="split"><joint joint="f1" coef="0.5"/><joint joint="f2" coef="0.5"/></fixed>
  </tendon>
  <equality><joint joint1="f1" joint2="f2"/></equality>
  <actuator>
    <motor name="m1" joint="j1" gear="50" ctrlrange="-1 1"/>
    <motor name="m2" joint="j2" gear="80" ctrlrange="-1 1"/>
    <motor name="m3" joint="j3" gear="40" ctrlrange="-1 1"/>
    <motor name="m4" joint="j4" gear="10" ctrlrange="-1 1"/>
    <motor name="m5" joint="j5" gear="10" ctrlrange="-1 1"/>
    <motor name="m6" joint="j6" gear="5" ctrlrange="-1 1"/>
    <general name="grip" tendon="split" ctrlrange="0 255" forcerange="-100 100" biastype="affine"
             gainprm="0.0156862745098 0 0" biasprm="0 -100 -10"/>
  </actuator>
</mujoco>
"""

_LINKS = (("base_link", 0.05, 2.0), ("shoulder", 0.1, 1.5), ("upper_arm", 0.25, 1.2),
          ("forearm", 0.2, 0.8), ("wrist", 0.06, 0.3), ("hand", 0.05, 0.2))  # fmt: skip
_JOINTS = (("pan", "0 0 1", 30.0, 2.0), ("lift", "0 1 0", 40.0, 2.0), ("elbow", "0 1 0", 20.0, 2.5),
           ("flex", "0 1 0", 8.0, 3.0), ("roll", "0 0 1", 4.0, 3.0))  # fmt: skip
_WEDGE = """
v -0.03 -0.03 0
v 0.03 -0.03 0
v 0 0.03 0
v 0 0 0.05
f 1 3 2
f 1 2 4
f 2 3 4
f 3 1 4
"""


def write_tendon_arm(folder: Path) -> Path:
    """Writes an MJCF: a turned base off the origin, motors, a tendon gripper, a loose brick."""
    file = folder / "tendon_arm.xml"
    file.write_text(_TENDON_ARM.lstrip(), encoding="utf-8")
    return file


def write_mimic_arm(folder: Path) -> Path:
    """Writes a ROS package with a URDF: a mimic finger, a package:// mesh, links without shapes."""
    package = folder / "mimic_arm"
    for place, text in (
        ("package.xml", "<package><name>mimic_arm</name></package>"),
        ("meshes/wedge.obj", _WEDGE.lstrip()),
        ("urdf/mimic_arm.urdf", _mimic_urdf()),
    ):
        (package / place).parent.mkdir(parents=True, exist_ok=True)
        (package / place).write_text(text, encoding="utf-8")
    return package / "urdf" / "mimic_arm.urdf"


def _mimic_urdf() -> str:
    links = "".join(_link(*link) for link in _LINKS)
    joints, z = "", 0.05
    for (parent, length, _), (child, *_), joint in zip(_LINKS, _LINKS[1:], _JOINTS, strict=False):
        name, axis, effort, velocity = joint
        kind = "continuous" if name == "roll" else "revolute"
        ends = "" if name == "roll" else 'lower="-2" upper="2" '
        joints += (
            f'<joint name="{name}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>'
            f'<origin xyz="0 0 {length}"/><axis xyz="{axis}"/><limit {ends}effort="{effort}" '
            f'velocity="{velocity}"/><dynamics damping="0.5"/></joint>'
        )
    for side, sign in (("left", 1), ("right", -1)):
        links += _finger(f"{side}_finger_link")
        mimic = '<mimic joint="left_finger" multiplier="1"/>' if side == "right" else ""
        joints += (
            f'<joint name="{side}_finger" type="prismatic"><parent link="hand"/>'
            f'<child link="{side}_finger_link"/><origin xyz="0 {0.005 * sign} {z}"/>'
            f'<axis xyz="0 {sign} 0"/><limit lower="0" upper="0.03" effort="20" velocity="0.1"/>'
            f"{mimic}</joint>"
        )
    for parent, frame, height in (("world", "base_link", 0), ("hand", "tcp", 0.1)):
        joints += (
            f'<joint name="{frame}_fixed" type="fixed"><parent link="{parent}"/>'
            f'<child link="{frame}"/><origin xyz="0 0 {height}"/></joint>'
        )
    frames = '<link name="world"/><link name="tcp"/>'
    return f'<?xml version="1.0"?><robot name="mimic_arm">{frames}{links}{joints}</robot>'


def _link(name: str, length: float, mass: float) -> str:
    shape = f'<cylinder radius="0.03" length="{0.6 * length}"/>'
    if name == "base_link":
        shape = '<mesh filename="package://mimic_arm/meshes/wedge.obj"/>'
    return _shaped(name, shape, f"0 0 {length / 2}", mass)


def _finger(name: str) -> str:
    return _shaped(name, '<box size="0.015 0.008 0.05"/>', "0 0 0.025", 0.03)


def _shaped(name: str, shape: str, centre: str, mass: float) -> str:
    inertia = f'ixx="{mass / 500}" iyy="{mass / 500}" izz="{mass / 1000}" ixy="0" ixz="0" iyz="0"'
    parts = "".join(
        f'<{part}><origin xyz="{centre}"/><geometry>{shape}</geometry></{part}>'
        for part in ("visual", "collision")
    )
    inertial = (
        f'<inertial><origin xyz="{centre}"/><mass value="{mass}"/><inertia {inertia}/></inertial>'
    )
    return f'<link name="{name}">{inertial}{parts}</link>'
