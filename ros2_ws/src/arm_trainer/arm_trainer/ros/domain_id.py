"""ROS domains that nobody else uses, so that runs side by side do not hear each other."""

import fcntl
import socket
import tempfile
from pathlib import Path

from arm_sim.common.errors import UserError

# Domain IDs up to 101 stay clear of Linux's ephemeral ports (ROS 2 documentation, "The
# ROS_DOMAIN_ID").
_LARGEST_DOMAIN = 101


class ReservedDomain:
    """A ROS domain that no other process of this project holds, nor any on this host uses just now.

    Attributes:
        domain_id: The domain.
    """

    def __init__(self) -> None:
        """Takes the first free domain, from the top.

        Raises:
            UserError: If there is none.
        """
        for domain_id in range(_LARGEST_DOMAIN, 0, -1):
            path = Path(tempfile.gettempdir()) / f"arm_domain_{domain_id}.lock"
            try:
                file = path.open("w")
            except OSError:
                continue  # Another user's.
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                continue
            if _unused(domain_id):
                self.domain_id = domain_id
                self._file = file
                return
            file.close()
        raise UserError("Every ROS domain from 1 to 101 is in use on this host.")

    def release(self) -> None:
        """Gives the domain back."""
        self._file.close()


def _unused(domain_id: int) -> bool:
    # The first participant of a domain listens here (DDSI-RTPS 2.5, 9.6.2.4: PB + DG·domain + d1).
    port = 7400 + 250 * domain_id + 10
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
