"""Shell scripts and Dockerfile pass their linters; what Dockerfile and compose file name exists."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from support.processes import ROOT


def scripts() -> list[Path]:
    return [
        ROOT / "arm",
        ROOT / ".ci" / "run",
        *(ROOT / "scripts").glob("*.sh"),
        *(ROOT / "docker").glob("*.sh"),
    ]


def test_shellcheck_finds_nothing() -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not here")
    done = subprocess.run(["shellcheck", *scripts()], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_hadolint_finds_nothing() -> None:
    if not shutil.which("hadolint"):
        pytest.skip("hadolint is not here")
    done = subprocess.run(["hadolint", ROOT / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_what_the_dockerfile_copies_exists_and_is_not_ignored() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copies = [line.split()[1:] for line in lines if line.startswith("COPY ")]
    sources = [word for words in copies for word in words[:-1] if not word.startswith("--")]
    assert sources
    kept = (ROOT / ".dockerignore").read_text().splitlines()
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in kept, source


def test_compose_has_the_profiles_and_keeps_to_this_host() -> None:
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]
    assert set(services) == {"gpu", "headless", "x11", "tensorboard"}
    for name in ("gpu", "headless", "x11"):
        assert services[name]["profiles"] == [name]
        assert services[name]["network_mode"] == services[name]["ipc"] == "host"
        assert "ROS_DOMAIN_ID" in services[name]["environment"]
    (device,) = services["gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["driver"] == "nvidia" and "deploy" not in services["headless"]
    assert services["tensorboard"]["ports"] == ["127.0.0.1:6006:6006"]
    for service in services.values():
        assert any(
            v["target"] == "/opt/arm/logs" for v in service["volumes"] if isinstance(v, dict)
        )
        arguments = service["build"]["args"]
        assert set(arguments) == {"UID", "GID"}
