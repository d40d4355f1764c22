"""`python -m povdata.publish`: write anew what the checkout holds of the models, `schema/` and `docs/tables.md`."""

import sys
from pathlib import Path

from povdata import publish

if __name__ == "__main__":
    if not Path("src/povdata/models.py").is_file():
        sys.exit("python -m povdata.publish: this folder is no checkout of povdata; run it in the checkout's root")
    publish.schemas(Path("schema"))
    publish.dictionary(Path("docs/tables.md"))
