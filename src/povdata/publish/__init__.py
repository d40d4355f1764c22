"""What describes the data, made from the models and the build: JSON Schemas, the data dictionary, the dataset card."""

from povdata.publish.describe import card, dictionary, schemas

__all__ = ["card", "dictionary", "schemas"]
