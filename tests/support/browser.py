"""Controls a headless Chromium over its DevTools protocol; it renders with the CPU."""

import base64
import io
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from websockets.sync.client import ClientConnection, connect

# Executables; scripts/setup.sh looks for the same.
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)


class Page:
    """One page in the browser."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._calls = 0

    def screenshot(self) -> np.ndarray:
        """Returns an image of the page, (H, W, 3) uint8 RGB."""
        png = base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"])
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._calls += 1
        self._connection.send(
            json.dumps({"id": self._calls, "method": method, "params": parameters})
        )
        while True:
            answer = json.loads(self._connection.recv(timeout=20))
            if answer.get("id") == self._calls:
                return answer["result"]


@contextmanager
def browse(address: str, folder: Path, width: int = 640, height: int = 480) -> Iterator[Page]:
    """Opens an address in a browser; fails the test if there is none, or none that starts.

    Args:
        address: The page.
        folder: An empty folder for the browser's profile.
        width: Of the window, px.
        height: Of the window, px.
    """
    program = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert program, (
        f"This test needs a browser, one of {', '.join(NAMES)}; "
        "on Debian: sudo apt-get install -y --no-install-recommends chromium"
    )
    command = [program, *_OPTIONS, f"--user-data-dir={folder}", f"--window-size={width},{height}"]
    process = subprocess.Popen(
        [*command, address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        port = _devtools_port(folder, program)
        with connect(_page(port, address), max_size=None, open_timeout=20) as connection:
            yield Page(connection)
    finally:
        process.terminate()
        process.wait(10)


def _devtools_port(folder: Path, program: str) -> str:
    """Waits until the browser has started, and returns the port of its DevTools server."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        time.sleep(0.1)
        file = folder / "DevToolsActivePort"
        if file.is_file() and (lines := file.read_text().split()):
            return lines[0]
    raise AssertionError(f"{program} did not start within 30 s (a snap can't write to {folder})")


def _page(port: str, address: str) -> str:
    """Waits until the browser has opened the page, and returns its DevTools address."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            for target in json.load(answer):
                if target["type"] == "page" and target["url"] == address:
                    return target["webSocketDebuggerUrl"]
        time.sleep(0.1)
    raise AssertionError(f"the browser did not open {address}")
