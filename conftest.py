"""How the tests of all folders share the worker processes of pytest-xdist."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps tests that share a fixture of their module in one worker, with `--dist loadgroup`.

    All others go to whichever worker is free.
    """
    for item in items:
        fixtures = getattr(item, "_fixtureinfo").name2fixturedefs  # noqa: B009 (private)
        if any(found[-1].scope == "module" for found in fixtures.values()):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
