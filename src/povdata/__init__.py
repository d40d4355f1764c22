"""Raw news pages about China's campaign against poverty, made into a validated dataset."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from povdata.load import load, schema, tables
from povdata.sql import sql

if TYPE_CHECKING:
    from povdata.publish.push import push

__all__ = ["__version__", "load", "push", "regions", "schema", "sql", "tables"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`povdata.regions` and `povdata.push`, imported when they are first asked for."""
    if name == "regions":
        return import_module("povdata.regions")
    if name == "push":
        return import_module("povdata.publish.push").push
    raise AttributeError(f"module 'povdata' has no attribute {name!r}")
