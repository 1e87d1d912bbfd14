"""Finds the file of a robot."""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory

from arm_sim.common.errors import UserError


def model_file(model: str) -> Path:
    """Returns the file of a built-in robot, or that at a path.

    Raises:
        UserError: If there is no such file.
    """
    path = Path(model).resolve()
    if path.suffix or "/" in model:
        if not path.is_file():
            raise UserError(f"There is no robot file {path}.")
        return path
    folder = Path(get_package_share_directory("arm_sim")) / "models"
    path = folder / f"{model}.xml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.xml")))
        raise UserError(
            f"There is no built-in robot '{model}' (valid: {known}, or a path to an MJCF or URDF "
            "file)."
        )
    return path.resolve()
