"""Settings of llvmpipe, the renderer of Mesa that draws on the CPU where there is no GPU."""

import os

# Up to this width and height, px, handing an image to llvmpipe's threads costs more than they save.
_SMALL = 128


def render_on_calling_thread() -> None:
    """Makes llvmpipe draw on the calling thread instead of on threads of its own.

    That is faster for the small frames of this project (docs/speed.md). A process's main function
    calls it before the first OpenGL context is made. It sets the environment variable
    LP_NUM_THREADS (https://docs.mesa3d.org/envvars.html), which child processes inherit, unless the
    user has set it. It has no effect on other renderers.
    """
    os.environ.setdefault("LP_NUM_THREADS", "0")


def render_small_images_on_calling_thread(width: int, height: int) -> None:
    """Calls `render_on_calling_thread` if images of this size, px, are drawn faster by it."""
    if max(width, height) <= _SMALL:
        render_on_calling_thread()
