"""A stub of the Hugging Face Hub on loopback: as much of its protocol as pushing and loading a dataset take.

It keeps repositories in memory, speaks Git LFS for files that are large or binary, serves ranges, and can drop the
connection from a given request on. What it answers follows the Hub's documented API and what its clients read.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN, OWNER = "hf_stub", "owner"
"""The one token that is known, and whose it is."""

PAGE = 20
"""Entries that a listing gives at a time."""


@dataclass(frozen=True)
class File:
    data: bytes
    is_lfs: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def blob(self) -> str:
        """The name that git gives the file, or the pointer to it."""
        data = self.data
        if self.is_lfs:
            data = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {len(data)}\n".encode()
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()

    @property
    def etag(self) -> str:
        return self.sha256 if self.is_lfs else self.blob


@dataclass
class Repository:
    private: bool
    commits: dict[str, dict[str, File]] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def commit(self, files: dict[str, File]) -> str:
        parent = self.branches.get("main")
        told = json.dumps([parent, sorted((path, file.blob) for path, file in files.items())])
        sha = hashlib.sha1(told.encode()).hexdigest()
        self.commits[sha], self.parents[sha], self.branches["main"] = files, parent, sha
        return sha

    def find(self, revision: str) -> str:
        sha = self.branches.get(revision) or self.tags.get(revision) or revision
        if sha not in self.commits:
            raise Refusal(404, "Invalid rev id", "RevisionNotFound")
        return sha


class Refusal(Exception):
    def __init__(self, status: int, message: str, code: str | None = None):
        self.status, self.message, self.code = status, message, code


@dataclass
class Hub:
    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    """LFS objects by their SHA-256."""
    requests: list[str] = field(default_factory=list)
    """Method and path of each request that was answered, and "range" where it asked for one."""
    watch: Callable[[str], object] = lambda request: None
    """Called with each of them before it is answered."""
    answers: int | None = None
    """How many more requests are answered before the connection is dropped at each."""
    is_done: bool = False
    """Whether the first request that is dropped takes effect all the same."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def main(self, name: str = "owner/name") -> dict[str, bytes]:
        repository = self.repositories[name]
        return {path: file.data for path, file in repository.commits[repository.branches["main"]].items()}

    def put(self, path: str, data: bytes | None, name: str = "owner/name") -> None:
        """Commit a change by another hand: a file, or its removal."""
        repository = self.repositories[name]
        files = dict(repository.commits[repository.branches["main"]])
        files.pop(path, None)
        if data is not None:
            files[path] = File(data, _is_lfs(path, len(data)))
        repository.commit(files)


@contextmanager
def serve() -> Iterator[Hub]:
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def environment(hub: Hub, home: str, token: str | None = TOKEN) -> dict[str, str]:
    """What Hugging Face's libraries must find when they are imported."""
    return {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": home,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_PROXY": "127.0.0.1",
        **({"HF_TOKEN": token} if token else {}),
    }


def _is_lfs(path: str, size: int) -> bool:
    return path.endswith(".parquet") or size > 10_000_000


class _Handler(BaseHTTPRequestHandler):
    hub: ClassVar[Hub]
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one piece, or the client's system waits for the rest

    def log_message(self, *args: Any) -> None:
        pass

    def handle_any(self) -> None:
        hub = self.hub
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline().split(b";")[0], 16):
                self.body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        parts = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        with hub.lock:
            dropped = hub.answers is not None and hub.answers <= 0
            if hub.answers is not None:
                hub.answers -= 1
            first = dropped and hub.answers == -1
            if not dropped or (first and hub.is_done):
                if not dropped:
                    hub.requests.append(f"{self.command} {parts.path}{' range' if 'Range' in self.headers else ''}")
                    hub.watch(hub.requests[-1])
                try:
                    status, headers, data = self.answer(parts.path)
                except Refusal as refusal:
                    status, data = refusal.status, json.dumps({"error": refusal.message}).encode()
                    headers = {"X-Error-Message": refusal.message, "Content-Type": "application/json"}
                    if refusal.code:
                        headers["X-Error-Code"] = refusal.code
        if dropped:
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        for method, pattern, name in _ROUTES:
            if (self.command in method.split()) and (found := re.fullmatch(pattern, path)):
                result = getattr(self, name)(*(unquote(part) if part else "" for part in found.groups()))
                if isinstance(result, tuple):
                    return result
                return 200, {"Content-Type": "application/json"}, json.dumps(result).encode()
        raise Refusal(404, f"the stub knows no {self.command} {path}")

    @property
    def user(self) -> str | None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if given and given != TOKEN:
            raise Refusal(401, "Invalid credentials in Authorization header")
        return OWNER if given else None

    def repository(self, name: str, to_write: bool = False) -> Repository:
        found = self.hub.repositories.get(name)
        is_owner = self.user == name.partition("/")[0]
        if found is None or (found.private and not is_owner):
            # Of a 401 from https:// the clients make "not found" themselves, and here they need the code.
            raise Refusal(404 if self.user else 401, "Repository not found", "RepoNotFound")
        if to_write and not is_owner:
            raise Refusal(403, "You don't have the rights to write here")
        return found

    def whoami(self) -> Any:
        if self.user is None:
            raise Refusal(401, "Invalid username or password.")
        return {"type": "user", "name": OWNER, "auth": {"type": "access_token"}}

    def create(self) -> Any:
        told = json.loads(self.body)
        name = f"{told['organization']}/{told['name']}"
        if self.user is None:
            raise Refusal(401, "Invalid username or password.")
        if self.user != told["organization"]:
            raise Refusal(403, "You don't have the rights to create a dataset under this namespace")
        if name in self.hub.repositories:
            raise Refusal(409, "You already created this dataset repo")
        private = told.get("private") is True or told.get("visibility") == "private"
        repository = self.hub.repositories[name] = Repository(private)
        repository.commit({".gitattributes": File(b"*.parquet filter=lfs diff=lfs merge=lfs -text\n", False)})
        return {"url": f"{self.hub.url}/datasets/{name}"}

    def info(self, name: str, revision: str) -> Any:
        repository = self.repository(name)
        sha = repository.find(revision or "main")
        return {
            "id": name,
            "sha": sha,
            "private": repository.private,
            "gated": False,
            "disabled": False,
            "tags": [],
            "siblings": [{"rfilename": path} for path in repository.commits[sha]],
        }

    def refs(self, name: str) -> Any:
        repository = self.repository(name)
        return {
            "converts": [],
            **{
                kind: [{"name": ref, "ref": f"refs/{at}/{ref}", "targetCommit": sha} for ref, sha in refs.items()]
                for kind, at, refs in (("branches", "heads", repository.branches), ("tags", "tags", repository.tags))
            },
        }

    def entries(self, name: str, revision: str) -> dict[str, dict[str, Any]]:
        """Every file and folder of a revision, by its path."""
        repository = self.repository(name)
        found: dict[str, dict[str, Any]] = {}
        for path, file in sorted(repository.commits[repository.find(revision)].items()):
            for end in (match.start() for match in re.finditer("/", path)):
                folder = path[:end]
                oid = hashlib.sha1(folder.encode()).hexdigest()
                found.setdefault(folder, {"type": "directory", "oid": oid, "size": 0, "path": folder})
            found[path] = {"type": "file", "oid": file.blob, "size": len(file.data), "path": path}
            if file.is_lfs:
                found[path]["lfs"] = {"oid": file.sha256, "size": len(file.data), "pointerSize": 130}
        return found

    def tree(self, name: str, revision: str, folder: str) -> Any:
        entries = self.entries(name, revision)
        if folder and entries.get(folder, {}).get("type") != "directory":
            raise Refusal(404, f"{folder} does not exist", "EntryNotFound")
        below = f"{folder}/" if folder else ""
        is_deep = self.query.get("recursive", "").lower() in ("true", "1")
        chosen = [
            entry
            for path, entry in entries.items()
            if path.startswith(below) and (is_deep or "/" not in path[len(below) :])
        ]
        start = int(self.query.get("cursor", 0))
        headers = {"Content-Type": "application/json"}
        if start + PAGE < len(chosen):
            address = urlsplit(self.path)
            deep = f"recursive={self.query.get('recursive', 'False')}"
            headers["Link"] = f'<{self.hub.url}{address.path}?{deep}&cursor={start + PAGE}>; rel="next"'
        return 200, headers, json.dumps(chosen[start : start + PAGE]).encode()

    def paths_info(self, name: str, revision: str) -> Any:
        if "json" in self.headers.get("Content-Type", ""):
            paths = json.loads(self.body)["paths"]
        else:
            paths = parse_qs(self.body.decode())["paths"]
        entries = self.entries(name, revision)
        return [entries[path.rstrip("/")] for path in paths if path.rstrip("/") in entries]

    def preupload(self, name: str, revision: str) -> Any:
        repository = self.repository(name, to_write=True)
        files = repository.commits[repository.find(revision)]
        answer = []
        for told in json.loads(self.body)["files"]:
            assert base64.b64decode(told["sample"]) or not told["size"]
            path = told["path"]
            mode = "lfs" if _is_lfs(path, told["size"]) else "regular"
            oid = files[path].etag if path in files else None
            answer.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        return {"files": answer}

    def lfs_batch(self, name: str) -> Any:
        self.repository(name, to_write=True)
        told = json.loads(self.body)
        assert told["operation"] == "upload" and told["hash_algo"] == "sha256"
        objects = []
        for wanted in told["objects"]:
            if wanted["oid"] not in self.hub.objects:
                actions = {
                    "upload": {"href": f"{self.hub.url}/lfs/{name}/{wanted['oid']}"},
                    "verify": {"href": f"{self.hub.url}/lfs/{name}/verify"},
                }
                wanted = wanted | {"actions": actions}
            objects.append(wanted)
        return {"transfer": "basic", "objects": objects}

    def lfs_put(self, oid: str) -> Any:
        if hashlib.sha256(self.body).hexdigest() != oid:
            raise Refusal(400, "the bytes have another SHA-256")
        self.hub.objects[oid] = self.body
        return {}

    def lfs_verify(self, name: str) -> Any:
        self.repository(name, to_write=True)
        told = json.loads(self.body)
        if len(self.hub.objects.get(told["oid"], b"")) != told["size"]:
            raise Refusal(404, "the object is not there")
        return {}

    def commit(self, name: str, revision: str) -> Any:
        repository = self.repository(name, to_write=True)
        assert self.headers["Content-Type"] == "application/x-ndjson" and revision == "main"
        head, *changes = (json.loads(line) for line in self.body.splitlines())
        assert head["key"] == "header" and head["value"]["summary"] and changes
        if head["value"].get("parentCommit") not in (None, repository.branches["main"]):
            raise Refusal(412, "A commit has happened since. Please refresh and try again.")
        files = dict(repository.commits[repository.branches["main"]])
        for change in changes:
            told = change["value"]
            if change["key"] == "file":
                assert told["encoding"] == "base64"
                files[told["path"]] = File(base64.b64decode(told["content"]), False)
            elif change["key"] == "lfsFile":
                if told["oid"] not in self.hub.objects:
                    raise Refusal(400, f"{told['path']} points at an object that was not uploaded")
                files[told["path"]] = File(self.hub.objects[told["oid"]], True)
            elif change["key"] == "deletedFile":
                if files.pop(told["path"], None) is None:
                    raise Refusal(404, "A file with this name doesn't exist", "EntryNotFound")
            else:
                raise Refusal(400, f"the stub knows no {change['key']}")
        sha = repository.commit(files)
        return {"success": True, "commitOid": sha, "commitUrl": f"{self.hub.url}/datasets/{name}/commit/{sha}"}

    def tag(self, name: str, revision: str) -> Any:
        repository = self.repository(name, to_write=True)
        tag = json.loads(self.body)["tag"]
        if tag in repository.tags:
            raise Refusal(409, "Tag reference exists already")
        repository.tags[tag] = repository.find(revision)
        return {}

    def untag(self, name: str, tag: str) -> Any:
        repository = self.repository(name, to_write=True)
        if repository.tags.pop(tag, None) is None:
            raise Refusal(404, "Invalid rev id", "RevisionNotFound")
        return {}

    def squash(self, name: str) -> Any:
        repository = self.repository(name, to_write=True)
        files = repository.commits[repository.branches.pop("main")]
        repository.commits.clear()
        repository.parents.clear()
        repository.commit(files)
        return {}

    def validate_yaml(self) -> Any:
        import yaml

        told = json.loads(self.body)
        assert told["repoType"] == "dataset"
        card = re.match(r"---\n(.*?)\n---\n", told["content"], re.S)
        try:
            found = yaml.safe_load(card[1]) if card else None
        except yaml.YAMLError as error:
            found = str(error)
        if not isinstance(found, dict):
            answer = {"errors": [{"message": f"no metadata: {found}"}], "warnings": []}
            return 400, {"Content-Type": "application/json"}, json.dumps(answer).encode()
        return {"errors": [], "warnings": []}

    def resolve(self, name: str, revision: str, path: str) -> Any:
        repository = self.repository(name)
        sha = repository.find(revision)
        file = repository.commits[sha].get(path)
        if file is None:
            raise Refusal(404, "Entry not found", "EntryNotFound")
        data, status = file.data, 200
        headers = {
            "X-Repo-Commit": sha,
            "ETag": f'"{file.etag}"',
            "Accept-Ranges": "bytes",
            "Content-Type": "application/octet-stream",
            "X-Linked-Size": str(len(data)),
        }
        if asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
            if first > last:
                return 416, {"Content-Range": f"bytes */{len(data)}"}, b""
            headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
            data, status = data[first : last + 1], 206
        headers["Content-Length"] = str(len(data))
        return status, headers, data


_API = r"/api/datasets/([^/]+/[^/]+)"
_ROUTES = [
    ("GET", r"/api/whoami-v2", "whoami"),
    ("POST", r"/api/repos/create", "create"),
    ("POST", r"/api/validate-yaml", "validate_yaml"),
    ("GET", rf"{_API}/refs", "refs"),
    ("GET", rf"{_API}/tree/([^/]+)(?:/(.*))?", "tree"),
    ("POST", rf"{_API}/paths-info/([^/]+)", "paths_info"),
    ("POST", rf"{_API}/preupload/([^/]+)", "preupload"),
    ("POST", rf"{_API}/commit/([^/]+)", "commit"),
    ("POST", rf"{_API}/tag/([^/]+)", "tag"),
    ("DELETE", rf"{_API}/tag/([^/]+)", "untag"),
    ("POST", rf"{_API}/super-squash/main", "squash"),
    ("GET", rf"{_API}(?:/revision/([^/]+))?", "info"),
    ("POST", r"/datasets/([^/]+/[^/]+)\.git/info/lfs/objects/batch", "lfs_batch"),
    ("POST", r"/lfs/([^/]+/[^/]+)/verify", "lfs_verify"),
    ("PUT", r"/lfs/[^/]+/[^/]+/([0-9a-f]{64})", "lfs_put"),
    ("GET HEAD", r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", "resolve"),
]
"""Methods, path, and the method of the handler that answers, given the groups of the path."""
