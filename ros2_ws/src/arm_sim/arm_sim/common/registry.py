"""Registry: classes by name, of this project, of other packages, or of a user's own file."""

import importlib.util
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

from arm_sim.common.errors import UserError

T = TypeVar("T")


class Registry(Generic[T]):
    """Finds classes by the name that settings, commands and policy bundles use.

    Another package adds a class by an entry point of the registry's group, named as the class's
    `name`. A user's own class needs no package: it is named as `path/to/file.py:Class`, which runs
    that file, and from then on also by its `name`.
    """

    def __init__(self, kind: str, group: str, built_in: Mapping[str, type[T]]) -> None:
        """Registers this project's own classes.

        Args:
            kind: What the classes are, for error messages, for instance 'task'.
            group: Entry point group of other packages.
            built_in: Classes by name.
        """
        self.kind = kind
        self._group = group
        self._classes = dict(built_in)
        self._files: dict[str, str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """All known names."""
        others = (entry.name for entry in entry_points(group=self._group))
        return tuple(dict.fromkeys((*self._classes, *others)))

    def file_of(self, name: str) -> str:
        """Returns `/absolute/path/to/file.py:Class` of a user's own class, '' for any other."""
        return self._files.get(name, "")

    def find(self, name: str) -> type[T]:
        """Returns the class of a name, or the class that `path/to/file.py:Class` names.

        For what a user typed; the name in a bundle, which may be a stranger's, is for `get`.

        Raises:
            UserError: If there is none, or the file can't be used.
        """
        return self._add_file(name) if ".py:" in name else self.get(name)

    def get(self, name: str) -> type[T]:
        """Returns the class of a registered name; never runs a file.

        Raises:
            UserError: If there is none.
        """
        if name not in self._classes:
            for entry in entry_points(group=self._group, name=name):
                self._classes[name] = entry.load()
        if name not in self._classes:
            raise UserError(
                f"Unknown {self.kind} '{name[:80]}' (valid: {', '.join(self.names)}; one of your "
                f"own is given by its file, as path/to/file.py:Class)."
            )
        return self._classes[name]

    def _add_file(self, spec: str) -> type[T]:
        file, _, class_name = spec.rpartition(":")
        path = Path(file).resolve()
        for loaded, where in self._files.items():
            if where == f"{path}:{class_name}":
                return self._classes[loaded]
        if not path.is_file():
            raise UserError(f"There is no file {path} for the {self.kind} '{class_name}'.")
        loader = importlib.util.spec_from_file_location(f"_{self.kind}_{path.stem}", path)
        assert loader is not None and loader.loader is not None
        module = importlib.util.module_from_spec(loader)
        try:
            loader.loader.exec_module(module)
        except Exception as error:  # Whatever a user's file raises.
            reason = " ".join(str(error).split())
            raise UserError(f"{path} can't be run: {type(error).__name__}: {reason}") from error
        found: Any = getattr(module, class_name, None)
        is_class: bool = isinstance(found, type)
        if not is_class or not isinstance(getattr(found, "name", None), str):
            raise UserError(
                f"{path} has no class '{class_name}' with a 'name', which a {self.kind} needs."
            )
        name = str(found.name)
        known = self._classes.get(name)
        if known is not None and known.__module__ != found.__module__:
            raise UserError(f"{path}: there is a {self.kind} named '{name}' already.")
        self._classes[name] = found
        self._files[name] = f"{path}:{class_name}"
        return self._classes[name]
