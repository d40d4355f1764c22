"""What a wheel and an sdist take from dist/: the dataset, and nothing that a build keeps there for the next one. And
what a build of an installed povdata needs for the dataset card."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Dataset(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":  # reads the checkout
            return
        folder = "dist" if self.target_name == "sdist" else "povdata/_dist"
        for path in sorted(Path(self.root, "dist").glob("[!.]*")):
            build_data["force_include"][str(path)] = f"{folder}/{path.name}"
        if self.target_name != "sdist":
            for name in ("CITATION.cff", "CHANGELOG.md"):
                build_data["force_include"][str(Path(self.root, name))] = f"povdata/{name}"
