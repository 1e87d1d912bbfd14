"""Finds and compiles the MJCF file of a robot."""

from pathlib import Path

import mujoco
from ament_index_python.packages import get_package_share_directory

from arm_sim.common.errors import UserError


def model_file(model: str) -> Path:
    """Returns the MJCF file of a built-in robot, or of a path to an .xml file.

    Raises:
        UserError: If there is no such file.
    """
    path = Path(model).resolve()
    if path.suffix == ".xml":
        if not path.is_file():
            raise UserError(f"There is no model file {path}.")
        return path
    folder = Path(get_package_share_directory("arm_sim")) / "models"
    path = folder / f"{model}.xml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.xml")))
        raise UserError(
            f"There is no built-in robot '{model}' (valid: {known}, or a path to an .xml file)."
        )
    return path.resolve()


def read_model(path: Path) -> mujoco.MjModel:
    """Returns the compiled model of an MJCF file.

    Raises:
        UserError: If MuJoCo can't read it.
    """
    try:
        return mujoco.MjModel.from_xml_path(str(path))
    except ValueError as error:
        raise UserError(f"MuJoCo can't read {path}: {' '.join(str(error).split())}") from error
