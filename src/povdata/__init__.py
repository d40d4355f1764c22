"""Raw news pages about China's campaign against poverty, made into a validated dataset."""

from povdata.load import load, schema, tables

__all__ = ["__version__", "load", "schema", "tables"]
__version__ = "0.1.0"
