"""A compiled model's meshes as STL files, for those who read the URDF and not the MJCF.

The compiled mesh and not the file it came from: MuJoCo has scaled it and moved it to its centre of
mass, and may have made it from vertices, an archive or a format that RViz can't read.
"""

import hashlib
import os
import tempfile
from pathlib import Path

import mujoco
import numpy as np

from arm_sim.common.errors import UserError

_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def mesh_file(model: mujoco.MjModel, mesh: int) -> Path:
    """Returns a binary STL file of a mesh in the frame of its geoms, m; writes it if need be.

    Files are named by their content, so that whoever was given one finds it unchanged. They lie in
    `arm_sim_meshes` in ROS_HOME (default: ~/.ros).

    Raises:
        UserError: If it can't be written.
    """
    content = _stl(model, mesh)
    home = Path(os.environ.get("ROS_HOME") or Path.home() / ".ros").absolute()
    file = home / "arm_sim_meshes" / f"{hashlib.sha256(content).hexdigest()[:32]}.stl"
    if file.is_file():
        return file
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as temporary:
            temporary.write(content)
        os.chmod(temporary.name, 0o644)  # RViz may be another user's.
        os.replace(temporary.name, file)
    except OSError as error:
        raise UserError(
            f"Can't write the mesh {file}: {error.strerror or error}; "
            "set ROS_HOME to a folder that can be written."
        ) from error
    return file


def _stl(model: mujoco.MjModel, mesh: int) -> bytes:
    first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
    vertices = model.mesh_vert[first : first + count]
    first, count = model.mesh_faceadr[mesh], model.mesh_facenum[mesh]
    # Normals stay 0, from which readers take the order of the corners.
    triangles = np.zeros(count, _TRIANGLE)
    triangles["corners"] = vertices[model.mesh_face[first : first + count]]
    return bytes(80) + np.uint32(count).tobytes() + triangles.tobytes()
