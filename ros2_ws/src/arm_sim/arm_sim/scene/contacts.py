"""Sets which contacts a scene has: none without meaning, and cheap ones unless exact."""

import mujoco

from arm_sim.common.arrays import Floats, Ints
from arm_sim.scene.contact_masks import keep_masks, set_cheap_masks
from arm_sim.scene.touching_pairs import touching_pairs


def apply_contacts(
    spec: mujoco.MjSpec, model: mujoco.MjModel, arm: Ints, home: Floats, exact: bool
) -> list[str]:
    """Excludes contacts without meaning; unless `exact`, also makes the other contacts cheap.

    The file's own masks are kept in each geom's `user` numbers, where `restore_masks` finds them.

    Args:
        spec: The scene with robot and surroundings, to be changed and then compiled again. Objects
            of a task and the target are added after this, so that they count in no posture.
        model: The scene, compiled from `spec`.
        arm: (A,) indices of the arm's joints in the model.
        home: (nq,) positions of all joints at home.
        exact: Keep the file's masks, so that the links collide with each other as it says.

    Returns:
        Sentences for the user.
    """
    keep_masks(spec)
    bodies = {body.id: body for body in spec.bodies}
    pairs = touching_pairs(model, arm, home)
    for pair in pairs:
        first, second = (_named(bodies[body]) for body in pair)
        spec.add_exclude(bodyname1=first, bodyname2=second)
    sentences = []
    if pairs:
        names = "; ".join(f"{bodies[a].name} and {bodies[b].name}" for a, b in pairs)
        sentences.append(
            "Contacts left out, as these are neighbours or touch at home or nearly always: "
            f"{names}."
        )
    if not exact:
        set_cheap_masks(spec, model, arm)
        # Islands pay for many separate groups of bodies. An arm is one: 3 to 8 % faster without.
        spec.option.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_ISLAND)
        sentences.append(
            "Links collide with what stands around and with objects, not with each other; starts "
            "and goals are still drawn from postures in which the links do not touch."
        )
    return sentences


def _named(body: mujoco.MjsBody) -> str:
    """The name of a body, which gets one if it has none, as pairs are excluded by name."""
    if not body.name:
        body.name = f"body_{body.id}"
    return str(body.name)
