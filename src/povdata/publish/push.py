"""Put a dataset folder on the Hugging Face Hub."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from povdata import manifest as manifests
from povdata.build import OWNED
from povdata.build.check import check
from povdata.build.plan import fingerprint
from povdata.load import BAD_TOKEN, bars_on_a_terminal

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_TAG = re.compile(r"(?!.*(\.\.|\.lock$|\.$))[A-Za-z0-9][\w.+-]*", re.ASCII)
_AGAIN = "run the same command again, it goes on where this one ended"


class PushError(Exception):
    """A dataset that cannot be pushed: one sentence that says what is wrong and what to do."""


@dataclass(frozen=True)
class Pushed:
    """What a push did, or would do in a dry run."""

    url: str
    """Address of the revision, for a browser."""
    revision: str
    """Its tag."""
    uploaded: list[str]
    removed: list[str]
    unchanged: int
    """Files that were on the Hub already, as they are."""
    n_bytes: int
    """Bytes of the files that were uploaded."""


def push(
    repository: str,
    dist: str | Path = "dist",
    *,
    private: bool = False,
    revision: str | None = None,
    dry_run: bool = False,
) -> Pushed:
    """Put a dataset folder on the Hugging Face Hub and give it a tag, by which `povdata.load(source=repository,
    revision=tag)` finds it for good.

    repository: "owner/name"; made where it does not exist. dist: what `povdata build` wrote, checked first as `povdata
    check` does. Of it goes what a build writes but for hidden files, and of that what the Hub does not hold yet; what
    an older build left there is removed, and other files there stay. All in one commit, so that a reader sees the old
    dataset or the new one; after an interruption the same call goes on, and files that are uploaded are not sent
    again. private: let a new repository be private; a dataset that kept its contacts goes nowhere else. revision: the
    tag, which never moves; by default "v" and the version of povdata that built the dataset. dry_run: change nothing.
    Progress is shown on a terminal.

    Raises PushError.
    """
    if not _REPOSITORY.fullmatch(repository):
        raise PushError(f"{repository!r} is no name of a dataset on the Hub; give OWNER/NAME")
    if revision is not None and not _TAG.fullmatch(revision):
        raise PushError(
            f"--revision {revision!r} cannot be a tag; give letters, digits, '.', '-' and '_', such as v1.0"
        )
    dist = Path(dist)
    manifest = _manifest(dist, private)
    tag = revision or f"v{manifest.povdata}"

    import huggingface_hub
    from huggingface_hub.constants import HF_HUB_OFFLINE

    if HF_HUB_OFFLINE:
        raise PushError("HF_HUB_OFFLINE is set, so that nothing can be pushed; unset it")
    token = huggingface_hub.get_token()
    if token is None and not dry_run:
        raise PushError("no token for the Hub is there; run `hf auth login`, or set HF_TOKEN to one that may write")
    if not (token or "").isascii():
        raise PushError(BAD_TOKEN)
    if problem := next(check(dist), None):
        raise PushError(f"{dist} is not whole: {problem} (`povdata check {dist}` names all that is wrong)")
    known = {file.path: file.sha256 for table in manifest.tables.values() for file in table.files}
    with _in_one_sentence(repository), bars_on_a_terminal():
        api = huggingface_hub.HfApi()
        return _push(api, repository, dist, _files(dist, known), tag, private, dry_run)


def _manifest(dist: Path, private: bool) -> manifests.Manifest:
    """The manifest of a dataset that may be published, as far as that can be said without reading the data."""
    if not os.path.isdir(dist):
        raise PushError(f"{dist} is no folder; give the folder that `povdata build` wrote")
    try:
        manifest = manifests.read(dist)
    except manifests.NoManifest as problem:
        raise PushError(str(problem)) from None
    if manifest.code != fingerprint():
        raise PushError(
            f"{dist} is stale: other code, word lists or libraries built it than are installed; build it again"
        )
    if manifest.masked is None and not private:
        raise PushError(
            f"{dist} shows telephone numbers and addresses as printed (--keep-contacts), which is for one's own use;"
            " build it again without that option, or push it --private"
        )
    return manifest


@dataclass(frozen=True)
class _File:
    path: Path
    sha256: str | None
    """As the manifest gives it."""

    def is_at_the_hub(self, other: RepoFile | None) -> bool:
        if other is None or other.size != self.path.stat().st_size:
            return False
        if other.lfs is not None:
            return other.lfs.sha256 == (self.sha256 or _digest(self.path, hashlib.sha256()))
        blob = hashlib.sha1(f"blob {other.size}\0".encode(), usedforsecurity=False)  # as git names a file
        return other.blob_id == _digest(self.path, blob)


def _digest(path: Path, digest: hashlib._Hash) -> str:
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _files(dist: Path, known: dict[str, str]) -> dict[str, _File]:
    """What of a dataset folder goes to the Hub, by its path there."""
    found = {}
    for name in OWNED:
        for path in sorted([dist / name, *(dist / name).rglob("*")]):
            place = path.relative_to(dist)
            if path.is_file() and not any(part.startswith(".") for part in place.parts):
                found[place.as_posix()] = _File(path, known.get(place.as_posix()))
    return found


def _push(
    api: HfApi, repository: str, dist: Path, files: dict[str, _File], tag: str, private: bool, dry_run: bool
) -> Pushed:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    url = f"{api.endpoint}/datasets/{repository}/tree/{tag}"
    try:
        info = api.repo_info(repository, repo_type="dataset")
    except RepositoryNotFoundError:
        if dry_run:
            n_bytes = sum(file.path.stat().st_size for file in files.values())
            return Pushed(url, tag, list(files), [], 0, n_bytes)
        api.create_repo(repository, repo_type="dataset", private=private or None, exist_ok=True)
        info = api.repo_info(repository, repo_type="dataset")
    if private and not info.private:
        raise PushError(f"{repository} is public; make it private in its settings on the Hub, or leave out --private")

    refs = api.list_repo_refs(repository, repo_type="dataset")
    if any(branch.name == tag for branch in refs.branches):
        raise PushError(f"{repository} has a branch {tag}, which moves; give another tag with --revision")
    tagged = next((found.target_commit for found in refs.tags if found.name == tag), None)
    taken = PushError(
        f"{repository} has a revision {tag} with other files, and a tag never moves; give another --revision"
    )
    upload, remove = _differences(api, repository, tagged or info.sha, files)
    if tagged and (upload or remove):
        raise taken
    n_bytes = sum(files[path].path.stat().st_size for path in upload)
    pushed = Pushed(url, tag, upload, remove, len(files) - len(upload), n_bytes)
    if tagged or dry_run:
        return pushed

    commit = info.sha
    if upload or remove:
        commit = api.create_commit(
            repository,
            [
                *(CommitOperationAdd(path, files[path].path) for path in upload),
                *(CommitOperationDelete(path, is_folder=False) for path in remove),
            ],
            commit_message=f"{tag}, by povdata push",
            repo_type="dataset",
            parent_commit=info.sha,
        ).oid
        if any(_differences(api, repository, commit, files)):
            raise PushError(f"{dist} was changed while it was pushed; run the same command again")
    try:
        api.create_tag(repository, tag=tag, revision=commit, repo_type="dataset")
    except HfHubHTTPError as error:
        if error.response.status_code == 409:
            raise taken from None
        raise
    return pushed


def _differences(
    api: HfApi, repository: str, commit: str | None, files: dict[str, _File]
) -> tuple[list[str], list[str]]:
    """Which files a commit of a dataset on the Hub lacks or holds in another form, and which of it are an older
    build's."""
    tree = api.list_repo_tree(repository, recursive=True, revision=commit, repo_type="dataset")
    there = {entry.path: entry for entry in tree if hasattr(entry, "blob_id")}
    owned = {path for path in there if path.partition("/")[0] in OWNED}
    if manifests.NAME not in there and (foreign := sorted(path for path in owned if "/" in path)):
        raise PushError(f"{repository} holds {foreign[0]}, which no push of povdata put there; give a new name")
    upload = [path for path, file in files.items() if not file.is_at_the_hub(there.get(path))]
    return upload, sorted(owned - files.keys())


@contextmanager
def _in_one_sentence(repository: str) -> Iterator[None]:
    """Have what goes wrong at the Hub or on the way end in a PushError."""
    from huggingface_hub.errors import HTTPError

    try:
        yield
    # RuntimeError: what Hugging Face's clients make of an upload that failed; ValueError: of an answer they reject.
    except (HTTPError, OSError, RuntimeError, ValueError) as error:
        _raise_in_one_sentence(repository, error)


def _raise_in_one_sentence(repository: str, error: BaseException) -> NoReturn:
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    while isinstance(error, RuntimeError) and error.__cause__:
        error = error.__cause__
    reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    if isinstance(error, HfHubHTTPError) and error.response is not None:
        status = error.response.status_code
        said = " ".join((error.server_message or reason).split())
        if status in (401, 404):
            say = "the Hub knows neither it nor this token; run `hf auth login` with one that may write there"
        elif status == 403:
            say = (
                f"this token may not write there; log in as {repository.partition('/')[0]} with `hf auth login` and a"
                " token that may write, or give a name of your own"
            )
        elif status == 412:
            say = f"it was changed on the Hub in the meantime; {_AGAIN}"
        elif status == 429 or status >= 500:
            say = f"the Hub answers with error {status}; {_AGAIN} in a while"
        else:
            say = f"the Hub refuses the push ({status}: {said})"
    elif isinstance(error, HFValidationError):
        say = "is no name that the Hub takes; give another"
    elif isinstance(error, ValueError):
        say = f"the Hub refuses the push ({' '.join(str(error).split())})"
    elif isinstance(error, OSError) and error.filename is not None:
        say = f"{error.filename} cannot be read ({error.strerror}); build the dataset again"
    else:
        say = f"the Hub does not answer ({reason}); check the network and {_AGAIN}"
    raise PushError(f"{repository}: {say}") from error
