"""Another MuJoCo than the view in the browser was made for is named in one sentence."""

import mujoco.studio.web_viewer
import pytest

from arm_sim.common.errors import UserError
from arm_sim.rendering import web_viewer
from arm_sim.rendering.web_viewer import check_studio


def test_the_installed_mujoco_has_everything() -> None:
    check_studio()


def test_a_missing_function_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(mujoco.studio.web_viewer, "_print_url_banner")
    sentence = r"has no mujoco\.studio\.web_viewer\._print_url_banner \(valid: 0 for no view"
    with pytest.raises(UserError, match=sentence):
        check_studio()


def test_a_missing_module_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_viewer, "_STUDIO", {"mujoco.studio.elsewhere": ()})
    with pytest.raises(UserError, match=r"^web_port needs MuJoCo 4\.0\.0: .* mujoco\.studio\.else"):
        check_studio()
