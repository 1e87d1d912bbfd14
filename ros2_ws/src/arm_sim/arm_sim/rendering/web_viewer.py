"""WebViewer: shows one arm live in a browser on this machine, by MuJoCo Studio's web viewer.

The browser draws; this process only sends joint positions, so it needs no OpenGL and no GPU. Input
in the browser changes a copy of the scene and never the simulation.

All use of MuJoCo Studio, whose interface is private, is in this module.
"""

import contextlib
import importlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import mujoco

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.rendering.offscreen import drawn_home
from arm_sim.robot.model import copy_model
from arm_sim.robot.robot import Robot

if TYPE_CHECKING:
    from mujoco.studio.viewer_handle import ViewerHandle

_LOOPBACK = "127.0.0.1"
_SYNC_PERIOD = 1.0 / 30.0
_START_TIMEOUT = 10.0
# First viewpoint: from the front left and a little above, degrees, and nearer than MuJoCo's own.
_AZIMUTH, _ELEVATION, _NEARER = 145.0, -20.0, 0.8
_MADE_FOR = "4.0.0"
# What is used of each of MuJoCo Studio's modules.
_STUDIO = {
    "mujoco.studio.launch_thread": ("launch_thread",),
    "mujoco.studio.viewer_protocol": ("ViewerConfig", "run_viewer_loop"),
    "mujoco.studio.web_viewer": ("WebViewer", "_print_url_banner"),
    "mujoco.studio.web.web_server": ("bind_public_socket",),
}


class WebViewer:
    """Serves the scene until closed; at most one in a process.

    Attributes:
        address: URL for a browser on this machine.
    """

    def __init__(self, robot: Robot, port: int) -> None:
        """Starts serving.

        Args:
            robot: The robot whose scene is shown.
            port: The TCP port, on 127.0.0.1.

        Raises:
            UserError: If the port can't be bound, MuJoCo's viewer is another than this was made
                for, or it does not start.
        """
        check_studio()
        bound = _bind(port)
        self.address = f"http://{_LOOPBACK}:{port}/"
        self._model = copy_model(robot.model)
        self._data = mujoco.MjData(self._model)
        self._next_sync = 0.0
        try:
            self._handle = _launch(self._model, robot.name, bound)
        except Exception as error:  # Whatever happened on the viewer's thread.
            bound.close()
            raise UserError(f"The web viewer can't start: {error}.") from error
        self.show(drawn_home(robot), 0.0)

    def show(self, drawn: Floats, seconds: float) -> None:
        """Shows a state, as `OffscreenRenderer.draw` takes it; at most 30 times a second.

        Returns at once: the state is copied, and drawn by the browser.
        """
        now = time.monotonic()
        if now < self._next_sync:
            return
        self._next_sync = now + _SYNC_PERIOD
        self._data.qpos[:], self._data.mocap_pos[0] = drawn[:-3], drawn[-3:]
        self._data.time = seconds
        self._handle.sync(self._model, self._data)

    def close(self) -> None:
        """Stops serving."""
        # A failure of the viewer's thread has been logged already.
        with contextlib.suppress(Exception):
            self._handle.close()


def free_port() -> int:
    """Returns a port of this machine on which nothing listens at the moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])


def check_studio() -> None:
    """Checks that the installed MuJoCo Studio has everything that this module uses.

    Raises:
        UserError: If something is missing.
    """
    for module, names in _STUDIO.items():
        missing = module
        try:
            found = importlib.import_module(module)
            for name in names:
                missing = f"{module}.{name}"
                getattr(found, name)
        except (ImportError, AttributeError):
            raise UserError(
                f"web_port needs MuJoCo {_MADE_FOR}: the installed one, {mujoco.__version__}, has "
                f"no {missing} (valid: 0 for no view in the browser)."
            ) from None


def _bind(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((_LOOPBACK, port))
    except OSError as error:
        bound.close()
        raise UserError(
            f"web_port {port} can't be had on {_LOOPBACK}: {error.strerror} (valid: a free port "
            "from 1024 to 65535, or 0 for no view in the browser)."
        ) from error
    return bound


def _launch(model: mujoco.MjModel, title: str, bound: socket.socket) -> "ViewerHandle":
    """Starts the viewer's thread and waits until it serves."""
    # Imported here, because they take as long as everything else, and most runs have no view.
    from mujoco.studio import launch_thread, viewer_protocol, web_viewer
    from mujoco.studio.web import web_server

    # MuJoCo 4.0.0 would listen on every interface without authentication, and print an address
    # for other machines. Our socket is bound already, so a port in use is noticed before.
    web_server.bind_public_socket = lambda host, port: bound
    web_viewer._print_url_banner = lambda host, port: None
    config = viewer_protocol.ViewerConfig(title=title, gfx="web")
    camera = mujoco.MjvCamera()
    mujoco.mjv_defaultFreeCamera(model, camera)
    camera.azimuth, camera.elevation = _AZIMUTH, _ELEVATION
    camera.distance *= _NEARER
    ready = threading.Event()

    def serve(endpoint: Any) -> None:
        # Without MuJoCo's App as plugin: its keys and menus have no effect on the simulation.
        viewer = web_viewer.WebViewer(config, endpoint, model=model, camera=camera)
        ready.set()
        viewer_protocol.run_viewer_loop(viewer)

    handle = launch_thread.launch_thread(serve)
    deadline = time.monotonic() + _START_TIMEOUT
    while not ready.wait(0.05):
        handle.is_running()  # Raises what ended the viewer's thread.
        if time.monotonic() > deadline:
            handle.close()
            raise TimeoutError(f"it did not come up within {_START_TIMEOUT:g} s")
    return handle
