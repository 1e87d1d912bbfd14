"""Effects on the whole process; commands call these first, libraries never do."""

import ctypes

from arm_sim.rendering.software_rendering import render_on_calling_thread

# Of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4


def set_up_process() -> None:
    """Sets up a command's process; it renders camera images on the calling thread."""
    render_on_calling_thread()


def set_up_torch_process() -> None:
    """Sets up the process of a command that computes with PyTorch, on one thread.

    The networks are small: a second thread gains nothing, and costs much on a busy machine. Results
    can depend on the number of threads, so it is the same on every machine.
    """
    import torch  # Here, as the other commands should not wait for it.

    set_up_process()
    torch.set_num_threads(1)


def keep_freed_memory() -> None:
    """Tells the C library's malloc to keep memory that is freed, instead of returning it.

    By default every large tensor is mapped anew, and the system has to clear it: that took four
    fifths of the time of a gradient step on stacked frames. Other C libraries than glibc are left
    as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_MAX, 0)
        mallopt(_TRIM_THRESHOLD, 2**31 - 1)
