"""Writes a compiled model's meshes as STL files, which URDF refers to.

The mesh comes from the compiled model and not from its file, as MuJoCo has scaled it, moved it to
its centre of mass, and may have made it from vertices, an archive or a format that RViz can't read.
"""

import hashlib
import os
import tempfile
from pathlib import Path

import mujoco
import numpy as np

from arm_sim.common.errors import UserError
from arm_sim.common.ros_home import ros_home

# A triangle of binary STL: https://www.loc.gov/preservation/digital/formats/fdd/fdd000505.shtml
_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def mesh_file(model: mujoco.MjModel, mesh: int) -> Path:
    """Returns a binary STL file of a mesh in the frame of its geoms, m; writes it if there is none.

    Files are named by a hash of their content, so an existing file never changes. They are in
    `arm_sim_meshes` in ROS_HOME (default: ~/.ros).

    Raises:
        UserError: If the file can't be written.
    """
    content = _stl(model, mesh)
    file = ros_home() / "arm_sim_meshes" / f"{hashlib.sha256(content).hexdigest()[:32]}.stl"
    if file.is_file():
        return file
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as temporary:
            temporary.write(content)
        os.chmod(temporary.name, 0o644)  # Another user may run RViz.
        os.replace(temporary.name, file)
    except OSError as error:
        raise UserError(
            f"Can't write the mesh {file}: {error.strerror or error}; "
            "set ROS_HOME to a folder that can be written."
        ) from error
    return file


def _stl(model: mujoco.MjModel, mesh: int) -> bytes:
    """A mesh as binary STL: 80 bytes of header, the number of triangles, the triangles."""
    first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
    vertices = model.mesh_vert[first : first + count]
    first, count = model.mesh_faceadr[mesh], model.mesh_facenum[mesh]
    # With normals of 0, readers compute them from the order of the corners.
    triangles = np.zeros(count, _TRIANGLE)
    triangles["corners"] = vertices[model.mesh_face[first : first + count]]
    return bytes(80) + np.uint32(count).tobytes() + triangles.tobytes()
