"""A reserved ROS domain is nobody else's: not another process's, nor one in use on this host."""

import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from arm_sim.common.errors import UserError
from arm_trainer.ros import domain_id
from arm_trainer.ros.domain_id import ReservedDomain

RESERVE = """
from arm_trainer.ros import domain_id
domain_id._LARGEST_DOMAIN, domain_id._unused = 3, lambda number: True
print(domain_id.ReservedDomain().domain_id)
"""
UNUSED = domain_id._unused


@pytest.fixture(autouse=True)
def few_domains(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keeps lock files of the test's own, for the domains 1 to 3, as if nobody used them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(domain_id, "_LARGEST_DOMAIN", 3)
    monkeypatch.setattr(domain_id, "_unused", lambda number: True)


def test_each_reservation_is_another_domain_until_all_are_taken() -> None:
    reserved = [ReservedDomain() for _ in range(3)]
    assert [domain.domain_id for domain in reserved] == [3, 2, 1]
    with pytest.raises(UserError, match="Every ROS domain from 1 to 3 is in use"):
        ReservedDomain()
    reserved[1].release()
    reserved[1].release()
    assert ReservedDomain().domain_id == 2


def test_another_process_gets_another_one() -> None:
    def elsewhere() -> int:
        done = subprocess.run([sys.executable, "-c", RESERVE], capture_output=True, check=True)
        return int(done.stdout)

    domain = ReservedDomain()
    assert (domain.domain_id, elsewhere()) == (3, 2)
    domain.release()
    assert elsewhere() == 3  # Its reservation of 2 ended with it.
    assert elsewhere() == 3


@pytest.mark.parametrize("number", [0, 2])  # The first participant may have ended.
def test_one_in_use_is_passed_over(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(domain_id, "_unused", UNUSED)
    first = ReservedDomain()
    first.release()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as participant:
        participant.bind(("", 7400 + 250 * first.domain_id + 10 + 2 * number))
        second = ReservedDomain()
    assert second.domain_id != first.domain_id
    second.release()


def test_lock_files_are_in_a_folder_for_this_user_alone(tmp_path: Path) -> None:
    domain = ReservedDomain()
    (folder,) = (tmp_path / "cache" / "arm_trainer").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    domain.release()


def test_without_a_place_for_lock_files_the_sentence_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(UserError, match="Not a directory; set XDG_CACHE_HOME to a folder"):
        ReservedDomain()
