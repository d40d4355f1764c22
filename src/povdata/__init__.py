"""Raw news pages about China's campaign against poverty, made into a validated dataset."""

from importlib import import_module
from types import ModuleType

from povdata.load import load, schema, tables

__all__ = ["__version__", "load", "regions", "schema", "tables"]
__version__ = "0.1.0"


def __getattr__(name: str) -> ModuleType:
    """`povdata.regions`, imported when it is first asked for."""
    if name == "regions":
        return import_module("povdata.regions")
    raise AttributeError(f"module 'povdata' has no attribute {name!r}")
