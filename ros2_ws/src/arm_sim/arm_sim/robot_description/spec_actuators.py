"""Changes of single actuators in an MjSpec: new position servos, and existing ones made so."""

from collections.abc import Collection

import mujoco

_OFF = mujoco.mjtLimited.mjLIMITED_FALSE
_ON = mujoco.mjtLimited.mjLIMITED_TRUE


def add_servo(
    spec: mujoco.MjSpec,
    joint: str,
    gains: tuple[float, float, float],
    drive: tuple[float, float],
) -> None:
    """Adds a position servo to a joint, without anything from the file's default classes.

    Args:
        spec: The spec to change.
        joint: Name of its joint; the servo has it too, with '_servo' if an actuator has it already.
        gains: kp, kv and largest torque, see `ServoGains`.
        drive: Armature and damping that the servo adds to the joint.
    """
    stiffness, damping, torque = gains
    taken = {actuator.name for actuator in spec.actuators}
    servo = spec.add_actuator(name=f"{joint}_servo" if joint in taken else joint)
    servo.trntype, servo.target = mujoco.mjtTrn.mjTRN_JOINT, joint
    servo.gear = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    servo.set_to_position(kp=stiffness, kv=damping)
    servo.group, servo.nsample, servo.delay, servo.inheritrange = 0, 0, 0.0, 0.0
    servo.armature, servo.damping = drive[0], [drive[1], 0.0, 0.0]
    servo.forcelimited, servo.forcerange = _ON, [-torque, torque]
    servo.actlimited, servo.actrange = _OFF, [0.0, 0.0]
    servo.ctrllimited, servo.ctrlrange = _OFF, [0.0, 0.0]


def stop_integration(actuator: mujoco.MjsActuator, model: mujoco.MjModel, index: int) -> None:
    """Makes an integrated velocity servo a position servo with the same gains.

    Args:
        actuator: The actuator to change.
        model: The compiled model.
        index: The actuator's index in it.
    """
    limited, bounds = model.actuator_actlimited[index], model.actuator_actrange[index]
    gain, bias = model.actuator_gainprm[index], model.actuator_biasprm[index]
    actuator.set_to_position(kp=float(gain[0]), kv=max(0.0, float(-bias[2])))
    actuator.gainprm, actuator.biasprm = gain, bias
    actuator.inheritrange = 0.0
    actuator.ctrllimited, actuator.ctrlrange = (_ON, bounds) if limited else (_OFF, [0.0, 0.0])
    actuator.actlimited, actuator.actrange = _OFF, [0.0, 0.0]


def remove_actuators(spec: mujoco.MjSpec, actuators: Collection[mujoco.MjsActuator]) -> None:
    """Deletes actuators, and the sensors that refer to them, from a spec."""
    names = {actuator.name for actuator in actuators}
    for sensor in list(spec.sensors):
        if sensor.objtype == mujoco.mjtObj.mjOBJ_ACTUATOR and sensor.objname in names:
            spec.delete(sensor)
    for actuator in actuators:
        spec.delete(actuator)
