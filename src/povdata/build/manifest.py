from povdata.manifest import (  # noqa: F401
    NAME,
    FileEntry,
    InputEntry,
    Manifest,
    NoManifest,
    TableEntry,
    file_path,
    inputs,
    read,
    write,
)
