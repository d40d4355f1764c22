"""Raw news pages about China's campaign against poverty, made into a validated dataset."""

__version__ = "0.1.0"
