"""Keeps the C library from giving memory back that the next gradient step asks for again."""

import ctypes

# Of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4


def keep_freed_memory() -> None:
    """Tells malloc to keep what is freed.

    By default every large tensor is mapped anew from the system, which has to clear it: that took
    four fifths of the time of a gradient step on stacked frames. Other C libraries are left alone.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_MAX, 0)
        mallopt(_TRIM_THRESHOLD, 2**31 - 1)
