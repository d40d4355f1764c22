"""Where shards are worked: in this process, in others of this machine, or on a dask.distributed cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path
from threading import Thread

from povdata.build.finished import BuildError, finish
from povdata.build.plan import Shard, fingerprint, spooled

TIMEOUT = 10
"""Seconds in which a scheduler has to answer."""
RETRIES = 3
"""Times that a cluster gives a shard to another worker after one was lost."""
IN_FLIGHT = 32
"""Shards that may wait for a cluster, so that one that grows with its work can see some; more where it has many
threads."""


def work_all(
    shards: Iterable[Shard],
    folder: Path,
    spool: Path,
    *,
    workers: int,
    scheduler: str | None,
    max_bytes: int,
    progress: Callable[[int], object],
) -> None:
    """Work every shard into `folder` (`finished.finish`). Bytes of inputs that have no file stand in `spool` meanwhile.

    One shard alone, or one worker, needs no other process. Raises BuildError where workers are lost or run other code.
    """
    shards = iter(shards)
    first = list(islice(shards, 2))
    shards = chain(first, shards)
    if not first or (scheduler is None and (workers == 1 or len(first) == 1)):
        for shard in shards:
            path = spool / shard.key
            finish(shard.key, spooled(shard, path), folder, max_bytes, fingerprint(), progress)
            path.unlink(missing_ok=True)
        return
    with _cluster(scheduler) if scheduler is not None else _processes(workers) as (pool, room):
        waiting: dict[Future[None], tuple[int, Path]] = {}

        def collect() -> None:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                done, path = waiting.pop(future)
                future.result()
                path.unlink(missing_ok=True)
                progress(done)

        for shard in shards:
            path = spool / shard.key
            jobs = spooled(shard, path)
            with _interrupts_put_off():
                future = pool.submit(finish, shard.key, jobs, folder, max_bytes, fingerprint())
            waiting[future] = len(shard.jobs), path
            while len(waiting) >= room():
                collect()
        while waiting:
            collect()


@contextmanager
def _processes(workers: int) -> Iterator[tuple[Executor, Callable[[], int]]]:
    """Processes of this machine, and how many shards may wait for them."""
    others = set(active_children())
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin)
    try:
        yield pool, lambda: 2 * workers
    except BaseException as error:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(active_children()) - others:
            child.terminate()
        if isinstance(error, BrokenProcessPool):
            raise BuildError(
                "a worker died, perhaps for want of memory; build again with fewer --workers: what is finished is kept"
            ) from error
        raise
    finally:
        pool.shutdown()


@contextmanager
def _interrupts_put_off() -> Iterator[None]:
    """A process that is started meanwhile never gets Ctrl-C, not even before `_begin`."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """Let a worker leave Ctrl-C to the build that started it, and end when that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        parent_process().join()  # type: ignore[union-attr]
        os._exit(1)

    Thread(target=watch, daemon=True).start()


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Executor, Callable[[], int]]]:
    """The workers of a dask scheduler, and how many shards may wait for them."""
    try:
        from distributed import Client, KilledWorker
        from distributed.comm import CommClosedError, get_address_host_port
    except ImportError as error:
        raise BuildError('--scheduler needs dask.distributed: pip install "povdata[cluster]"') from error
    try:
        get_address_host_port(address)  # Client says less of an address that is none, and later
        client = Client(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        raise BuildError(
            f"the scheduler {address} cannot be reached ({error}); start it, or correct the address"
        ) from error
    with client:
        pool = client.get_executor(pure=False, retries=RETRIES)
        try:
            yield pool, lambda: max(IN_FLIGHT, 2 * sum(client.nthreads().values()))
        except KilledWorker as error:
            raise BuildError(
                f"a shard was lost with {RETRIES + 1} workers, perhaps for want of memory; give them more and build"
                " again: what is finished is kept"
            ) from error
        except ModuleNotFoundError as error:
            raise BuildError(
                f"the workers lack {error.name}; install the same povdata on all machines, and start the workers again"
            ) from error
        except (CancelledError, CommClosedError, TimeoutError) as error:
            raise BuildError(
                f"the scheduler {address} was lost; start it and build again: what is finished is kept"
            ) from error
        finally:
            pool.shutdown(wait=False)
