"""Run a reader's function so that nothing it does can hurt the notebook.

The function runs in a daemon thread, while the caller waits for the time limit. Of the ways to
limit a function's time this is the one that works on Linux, macOS and Windows, in a script, a
notebook and a test alike:

- ``signal.setitimer`` does not exist on Windows and works in the main thread only.
- A process started by "spawn" cannot receive a function that was typed into a notebook, because
  such functions cannot be pickled; one started by "fork" can, but not on Windows, and it may hang
  once PyTorch has started its threads.
- ``sys.settrace`` slows every line down and takes the place of a debugger and of coverage.

A thread is stopped by an exception that CPython raises in it before its next bytecode. One that
sits in a long call of C code notices this when that call ends. It is left behind then, and the
caller returns in time all the same, and says so. (Not so under a debugger or coverage with Python
3.11: a traced thread enters no function there as long as an exception waits for another thread.)
"""

from __future__ import annotations

import builtins
import contextvars
import ctypes
import io
import linecache
import os
import re
import reprlib
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import numpy as np

from cnnbook._arguments import Array

from ._exercise import Case, Exercise, Values, WrongType

KEPT = 1000  # characters of what a candidate prints
TEXT = 300  # characters of what an exception says
GRACE = 1.0  # seconds in which a thread is asked to stop, again and again
SLICE = 0.02  # seconds after which its memory is looked at
MEGABYTES = 500  # by which the process may grow


@dataclass(frozen=True)
class Raised:
    """An exception: its kind, what it says, and the candidate's own line from which it came."""

    kind: type[BaseException]
    text: str = ""
    line: str = ""

    @property
    def on_purpose(self) -> bool:
        """Whether the candidate refused, rather than stumbled."""
        return re.match(r"line \d+: (raise|assert)\b", self.line) is not None


@dataclass(frozen=True)
class Unreadable:
    """What was returned instead of numbers."""

    what: str


Reason = Literal["too_slow", "too_much_memory"]


@dataclass(frozen=True)
class Stopped:
    """No answer within a limit: why, the limit, the candidate's own line, and if it runs on."""

    reason: Reason
    seconds: float
    line: str = ""
    running: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of one call."""

    got: Values | Raised | Unreadable | Stopped
    changed: dict[str, Array]  # arguments that the candidate changed, as they are now


def run(
    exercise: Exercise,
    candidate: Callable[..., Any],
    cases: Sequence[Case],
    hand_over: Callable[[Array], Any],
    seconds: float,
    limit: float | None = None,
) -> tuple[list[Outcome], str]:
    """Call a candidate with each case; return what came of it, and what it printed.

    If a limit is reached, the last outcome is `Stopped`, and cases after it are left out. `limit`
    is the time limit to name then, of which `seconds` may be what earlier calls have left.
    """
    outcomes: list[Outcome] = []
    lock, closed = threading.Lock(), threading.Event()

    def work() -> None:
        try:
            for case in cases:
                outcome = _call(exercise, candidate, case, hand_over)
                if closed.is_set():
                    return
                outcomes.append(outcome)
        except _Stop:
            pass
        finally:
            with lock:  # from here on nobody raises `_Stop` in this thread
                closed.set()

    context = contextvars.copy_context()  # np.errstate, for one, lives there
    thread = threading.Thread(target=_until_stopped, args=(context, work), daemon=True)
    printed = _Printed()
    with _apart(printed):
        thread.start()
        reason, line = None, ""
        try:
            reason = _wait(thread, seconds)
            if reason:
                line = _line(sys._current_frames().get(thread.ident or 0))
        finally:  # also when the reader interrupts the kernel
            unfinished = not closed.is_set()
            done = list(outcomes)
            _stop(thread, lock, closed)
    if reason and unfinished and len(done) < len(cases):
        allowed = seconds if limit is None else limit
        done.append(Outcome(Stopped(reason, allowed, line, thread.is_alive()), {}))
    return done, printed.text


def _wait(thread: threading.Thread, seconds: float) -> Reason | None:
    """Wait until a thread ends; if it does not, or if it takes too much memory, say so."""
    end, most = time.monotonic() + seconds, _memory() + MEGABYTES * 10**6
    while thread.is_alive():
        left = end - time.monotonic()
        if left <= 0:
            return "too_slow"
        if _memory() > most:
            return "too_much_memory"
        thread.join(min(left, SLICE))
    return None


def _memory() -> int:
    """Return the bytes of memory that this process uses; on macOS the most that it ever has.

    It is 0 where nothing tells.
    """
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    with suppress(ImportError):  # Windows
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # the peak, in bytes on macOS
    return 0


class _Stop(BaseException):
    """Raised in the candidate's thread; no ``except Exception`` there catches it."""


class _Printed(io.TextIOBase):
    """Keeps the first of what is printed: a loop that prints must not fill the memory."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text[: max(0, KEPT - len(self.text))]
        return len(text)


@contextmanager
def _apart(printed: _Printed) -> Iterator[None]:
    """Keep what a candidate prints and shows, answer none of its questions, and do not leave."""

    def ask(*_: object) -> str:
        raise EOFError("input() has nobody to answer it while a function is checked")

    asked, builtins.input = builtins.input, ask
    try:
        with (
            redirect_stdout(printed),
            redirect_stderr(printed),
            warnings.catch_warnings(),
            _notebook_apart(),
        ):
            warnings.simplefilter("ignore")  # no mistake, and an error where warnings are errors
            yield
    finally:
        builtins.input = asked


@contextmanager
def _notebook_apart() -> Iterator[None]:
    """Keep pictures out of the notebook, and let ``exit()`` raise as it does elsewhere."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        yield
        return
    from IPython.utils.capture import capture_output

    def leave() -> None:
        raise SystemExit

    shell.ask_exit = leave
    try:
        with capture_output(stdout=False, stderr=False):
            yield
    finally:
        del shell.ask_exit


def _until_stopped(context: contextvars.Context, work: Callable[[], None]) -> None:
    with suppress(_Stop):  # it may come while `work` is on its way out
        context.run(work)


def _stop(thread: threading.Thread, lock: threading.Lock, closed: threading.Event) -> None:
    """Raise `_Stop` in a thread until it ends; give up on one that does not."""
    end = time.monotonic() + GRACE
    while time.monotonic() < end:
        with lock:
            if closed.is_set() and not thread.is_alive():
                return
            if not closed.is_set():
                target = ctypes.c_ulong(thread.ident or 0)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(target, ctypes.py_object(_Stop))
        thread.join(0.02)
    closed.set()


def _call(
    exercise: Exercise,
    candidate: Callable[..., Any],
    case: Case,
    hand_over: Callable[[Array], Any],
) -> Outcome:
    """Call with copies, so that a candidate that changes them spoils its own call only."""
    copies = {name: _copy(value, hand_over) for name, value in case.arguments.items()}
    names = list(copies)
    got: Values | Raised | Unreadable
    try:
        returned = candidate(
            *(copies[name] for name in names[: exercise.required]),
            **{name: copies[name] for name in names[exercise.required :]},
        )
        got = exercise.read(returned)
    except _Stop:
        raise
    except WrongType as error:
        got = Unreadable(str(error)[:TEXT])
    except BaseException as error:  # SystemExit and KeyboardInterrupt, too, are the candidate's
        got = Raised(type(error), _said(error), _raised_in(error))
    changed = {}
    for name, value in case.arguments.items():
        now = copies[name]
        if isinstance(value, np.ndarray):
            if not np.array_equal(array := _now(now), value):
                changed[name] = array
        elif isinstance(value, list) and now != value:
            changed[name] = np.array(reprlib.repr(now))
    return Outcome(got, changed)


def _copy(value: Any, hand_over: Callable[[Array], Any]) -> Any:
    if isinstance(value, np.ndarray):
        return hand_over(value.copy())
    return list(value) if isinstance(value, list) else value


def _now(value: Any) -> Array:
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    with suppress(Exception):  # lists may have been made ragged
        array = np.array(value)
        if array.dtype.kind in "iuf":
            return array
    return np.array(reprlib.repr(value))


def _said(error: BaseException) -> str:
    try:
        return str(error)[:TEXT]
    except Exception:
        return ""


def _raised_in(error: BaseException) -> str:
    """Return the last of the candidate's own lines on the way to an exception."""
    own = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if not _ours(frame)
    ]
    if not own:
        return ""  # the call itself failed: the signature differs
    file = own[0][0]
    return _source(file, [line for name, line in own if name == file][-1])


def _line(frame: FrameType | None) -> str:
    """Return the candidate's own line in which a thread is."""
    stack = []
    while frame is not None and frame.f_code is not _call.__code__:
        if not _ours(frame):  # what keeps the printed text is
            stack.append(frame)
        frame = frame.f_back
    if frame is None or not stack:
        return ""
    file = stack[-1].f_code.co_filename
    innermost = next(frame for frame in stack if frame.f_code.co_filename == file)
    return _source(file, innermost.f_lineno)


def _ours(frame: FrameType) -> bool:
    return os.path.dirname(frame.f_code.co_filename) == os.path.dirname(__file__)


def _source(file: str, number: int) -> str:
    text = linecache.getline(file, number).strip()  # notebooks put their cells there, too
    return f"line {number}: {text}" if text else f"line {number}"
