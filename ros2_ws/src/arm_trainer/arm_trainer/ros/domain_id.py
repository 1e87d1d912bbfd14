"""ROS domains that no other process uses, so that runs side by side do not receive each other."""

import os
import socket
from pathlib import Path

import filelock

from arm_sim.common.errors import UserError

# Domain IDs up to 101 stay clear of Linux's ephemeral ports (ROS 2 documentation, "The
# ROS_DOMAIN_ID").
_LARGEST_DOMAIN = 101
# Of a domain on one host; rmw_fastrtps finds no more.
_MOST_PARTICIPANTS = 32


class ReservedDomain:
    """A ROS domain that no process of this user has reserved, and that nobody on this host uses.

    Attributes:
        domain_id: The domain.
    """

    def __init__(self) -> None:
        """Reserves the first free domain, from the highest number down.

        Raises:
            UserError: If there is none, or no folder for the lock files.
        """
        folder = _lock_folder()
        for domain_id in range(_LARGEST_DOMAIN, 0, -1):
            # Not thread-local: another thread may release it.
            lock = filelock.FileLock(folder / f"{domain_id}.lock", timeout=0, thread_local=False)
            try:
                lock.acquire()
            except filelock.Timeout:
                continue
            except OSError as error:
                raise _no_lock_files(folder, error) from error
            if _unused(domain_id):
                self.domain_id = domain_id
                self._lock = lock
                return
            lock.release()
        raise UserError(
            f"Every ROS domain from 1 to {_LARGEST_DOMAIN} is in use on this host: end a program "
            "that uses one."
        )

    def release(self) -> None:
        """Gives the domain back; may be called twice."""
        self._lock.release()


def _lock_folder() -> Path:
    """Returns a folder in this user's cache, where nobody else can place files."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    # A home folder may be shared by several hosts, whose domains have nothing in common.
    folder = Path(cache) / "arm_trainer" / f"domains_{socket.gethostname()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _no_lock_files(folder, error) from error
    return folder


def _no_lock_files(folder: Path, error: OSError) -> UserError:
    return UserError(
        f"Can't keep lock files in {folder}: {error.strerror}; set XDG_CACHE_HOME to a folder of "
        "your own."
    )


def _unused(domain_id: int) -> bool:
    """Returns whether no process on this host takes part in a domain."""
    # Where participants listen (DDSI-RTPS 2.5, 9.6.2.4: PB + DG·domain + d1 + PG·participant). All
    # ports are tried, as the first participant may have ended before the others.
    first = 7400 + 250 * domain_id + 10
    for port in range(first, first + 2 * _MOST_PARTICIPANTS, 2):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("", port))
            except OSError:
                return False
    return True
