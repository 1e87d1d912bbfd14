"""Names bodies that have none, as frames, contacts and URDF links are referred to by name."""

import mujoco


def name_bodies(spec: mujoco.MjSpec) -> None:
    """Names each body without a name after its number in the file: body_3."""
    taken = {body.name for body in spec.bodies}
    for number, body in enumerate(spec.bodies):
        if not body.name:
            name = f"body_{number}"
            while name in taken:
                name += "_"
            body.name = name
            taken.add(name)
