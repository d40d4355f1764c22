"""docs/tour.ipynb runs as it stands, and the outputs in it are those of the bundled data.

`python tests/test_notebook.py` runs it and writes the outputs into it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parent.parent / "docs" / "tour.ipynb"


def executed() -> Any:
    """The notebook with the outputs that it gives now."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=120, record_timing=False).execute(cwd=str(NOTEBOOK.parent))
    notebook.metadata.language_info = {"name": "python"}  # the kernel adds the version of its Python
    return notebook


def outputs(notebook: Any) -> list[list[tuple[str, str]]]:
    """The kind and text of each cell's outputs; a picture's text says that it is one."""
    return [
        [
            (output.output_type, output.get("text") or output.get("data", {}).get("text/plain"))
            for output in cell.outputs
        ]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_the_outputs_are_not_stale() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert all(cell.outputs for cell in notebook.cells if cell.cell_type == "code")
    again = executed()
    assert outputs(again) == outputs(notebook), f"stale: python tests/{Path(__file__).name}"
    assert [cell.source for cell in again.cells] == [cell.source for cell in notebook.cells]
    assert "image/png" in again.cells[-2].outputs[-1].data


if __name__ == "__main__":
    nbformat.write(executed(), NOTEBOOK)
