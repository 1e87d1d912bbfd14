"""WebViewer: one arm live in a browser, by MuJoCo's own web viewer, on this machine alone.

The browser draws; this process only sends joint positions, so no OpenGL and no GPU is needed here.
What is done in the browser reaches a copy of the scene and never the simulation.
"""

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

import mujoco

from arm_sim.common.arrays import Floats
from arm_sim.common.errors import UserError
from arm_sim.robot.model import copy_model
from arm_sim.robot.robot import Robot

if TYPE_CHECKING:
    from mujoco.studio.viewer_handle import ViewerHandle

_LOOPBACK = "127.0.0.1"
_SYNC_PERIOD = 1.0 / 30.0
_START_TIMEOUT = 10.0
# The first look, from the front left and a little above, degrees, and nearer than MuJoCo's own.
_AZIMUTH, _ELEVATION, _NEARER = 145.0, -20.0, 0.8


class WebViewer:
    """Serves the scene until closed; one in a process.

    Attributes:
        address: What to type into a browser on this machine.
    """

    def __init__(self, robot: Robot, port: int) -> None:
        """Starts serving.

        Args:
            robot: Whose scene.
            port: The TCP port, on 127.0.0.1.

        Raises:
            UserError: If the port can't be had, or the viewer does not start.
        """
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
        self.show(robot.home, 0.0)

    def show(self, positions: Floats, seconds: float) -> None:
        """Shows joint positions (J,), rad or m, at a simulation time; at most 30 times a second.

        Returns at once: what is shown is copied, and drawn elsewhere.
        """
        now = time.monotonic()
        if now < self._next_sync:
            return
        self._next_sync = now + _SYNC_PERIOD
        self._data.qpos[:] = positions
        self._data.time = seconds
        self._handle.sync(self._model, self._data)

    def close(self) -> None:
        """Stops serving."""
        # A failure of the viewer's thread was logged when it happened; nobody needs it twice.
        with contextlib.suppress(Exception):
            self._handle.close()


def free_port() -> int:
    """Returns a port that nobody on this machine listens on just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])


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
    # Here, because they are as much code as all else together, and most runs have no view.
    from mujoco.studio import endpoints, launch_thread, viewer_protocol, web_viewer
    from mujoco.studio.web import web_server

    # MuJoCo 4.0.0 would listen on every interface without asking who comes, and print an address
    # for other machines. Our socket is bound already, so a port in use is known before all else.
    web_server.bind_public_socket = lambda host, port: bound
    web_viewer._print_url_banner = lambda host, port: None
    config = viewer_protocol.ViewerConfig(title=title, gfx="web")
    camera = mujoco.MjvCamera()
    mujoco.mjv_defaultFreeCamera(model, camera)
    camera.azimuth, camera.elevation = _AZIMUTH, _ELEVATION
    camera.distance *= _NEARER
    ready = threading.Event()

    def serve(endpoint: endpoints.ViewerEndpoint) -> None:
        # Without MuJoCo's App as plugin: its keys and menus would offer what can't be done here.
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
