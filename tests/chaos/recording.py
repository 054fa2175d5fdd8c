"""Records what SQLite writes, cuts short, syncs and deletes: the very library that the product's driver uses.

SQLite asks the system through a table of functions (https://www.sqlite.org/c3ref/vfs.html). Here a copy of the usual
table, with our functions for these four, is made the default; each of ours calls the usual one and notes the call.
"""

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# https://www.sqlite.org/c3ref/c_open_autoproxy.html: new journals of both kinds.
_CREATES, _JOURNALS = 0x4, 0x800 | 0x80000

_int, _pointer, _int64 = ctypes.c_int, ctypes.c_void_p, ctypes.c_int64


class _Methods(ctypes.Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = [
        ("iVersion", _int),
        ("xClose", _pointer),
        ("xRead", _pointer),
        ("xWrite", _pointer),
        ("xTruncate", _pointer),
        ("xSync", _pointer),
        *((name, _pointer) for name in ("xFileSize", "xLock", "xUnlock", "xCheckReservedLock", "xFileControl")),
        *((name, _pointer) for name in ("xSectorSize", "xDeviceCharacteristics", "xShmMap", "xShmLock")),
        *((name, _pointer) for name in ("xShmBarrier", "xShmUnmap", "xFetch", "xUnfetch")),
    ]


class _File(ctypes.Structure):
    """sqlite3_file: what a file's own data begin with."""

    _fields_ = [("pMethods", ctypes.POINTER(_Methods))]


class _Vfs(ctypes.Structure):
    """sqlite3_vfs, version 3."""

    _fields_ = [
        ("iVersion", _int),
        ("szOsFile", _int),
        ("mxPathname", _int),
        ("pNext", _pointer),
        ("zName", ctypes.c_char_p),
        ("pAppData", _pointer),
        ("xOpen", _pointer),
        ("xDelete", _pointer),
        *((name, _pointer) for name in ("xAccess", "xFullPathname", "xDlOpen", "xDlError", "xDlSym", "xDlClose")),
        *((name, _pointer) for name in ("xRandomness", "xSleep", "xCurrentTime", "xGetLastError")),
        *((name, _pointer) for name in ("xCurrentTimeInt64", "xSetSystemCall", "xGetSystemCall", "xNextSystemCall")),
    ]


# Names are pointers: SQLite keeps some, and looks for more behind their ends.
_Open = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _pointer, _int, _pointer)
_Delete = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _int)
_Write = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _int, _int64)
_Truncate = ctypes.CFUNCTYPE(_int, _pointer, _int64)
_Sync = ctypes.CFUNCTYPE(_int, _pointer, _int)


@dataclass(frozen=True, slots=True)
class Write:
    path: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """`and_folder`: the first of a new journal, with which SQLite syncs the folder too."""

    path: str
    and_folder: bool


@dataclass(frozen=True, slots=True)
class Delete:
    """`is_lasting`: the folder was synced after it."""

    path: str
    is_lasting: bool


@dataclass(frozen=True, slots=True)
class Promised:
    """No call of SQLite's: from here on, something was promised to somebody. `what` is the scenario's own."""

    what: Any


Op = Write | Truncate | Sync | Delete | Promised


class Recorder:
    """`ops` is what happened, in order."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self._library = ctypes.CDLL(ctypes.util.find_library("sqlite3"))
        self._library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        self._usual = self._library.sqlite3_vfs_find(None)
        self._vfs = _Vfs()
        ctypes.memmove(ctypes.byref(self._vfs), self._usual, ctypes.sizeof(_Vfs))
        self._vfs.zName, self._vfs.pNext = b"recording", None
        self._paths: dict[int, str] = {}
        self._new_journals: set[int] = set()
        self._methods: dict[int, tuple[_Methods, Any]] = {}
        # Kept, or Python would let go of them while SQLite still calls them.
        self._ours = (_Open(self._open), _Delete(self._delete))
        self._usual_open = _Open(self._usual.contents.xOpen)
        self._usual_delete = _Delete(self._usual.contents.xDelete)
        self._vfs.xOpen, self._vfs.xDelete = (ctypes.cast(one, _pointer) for one in self._ours)

    def promise(self, what: Any) -> None:
        self.ops.append(Promised(what))

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Files that are opened meanwhile are recorded, until they are closed."""
        self._library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1)
        try:
            yield
        finally:
            self._library.sqlite3_vfs_register(self._usual, 1)
            self._library.sqlite3_vfs_unregister(ctypes.byref(self._vfs))

    def _open(self, _vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
        answer = self._usual_open(ctypes.cast(self._usual, _pointer), name, file, flags, out)
        if answer == 0 and name is not None:
            opened = ctypes.cast(file, ctypes.POINTER(_File)).contents
            self._paths[file] = _file_name(name)
            self._new_journals.discard(file)
            if flags & _CREATES and flags & _JOURNALS:
                self._new_journals.add(file)
            opened.pMethods = ctypes.pointer(self._methods_for(opened.pMethods))
        return answer

    def _delete(self, _vfs: int, name: int, sync_folder: int) -> int:
        answer = self._usual_delete(ctypes.cast(self._usual, _pointer), name, sync_folder)
        if answer == 0:
            self.ops.append(Delete(_file_name(name), bool(sync_folder)))
        return answer

    def _methods_for(self, usual: Any) -> _Methods:
        """A copy of a table of methods, with ours; one for each that SQLite has."""
        place = ctypes.addressof(usual.contents)
        if place not in self._methods:
            methods = _Methods()
            ctypes.memmove(ctypes.byref(methods), usual, ctypes.sizeof(_Methods))
            ours = self._functions(usual.contents)
            methods.xWrite, methods.xTruncate, methods.xSync = (ctypes.cast(one, _pointer) for one in ours)
            self._methods[place] = methods, ours
        return self._methods[place][0]

    def _functions(self, usual: _Methods) -> tuple[Any, Any, Any]:
        usual_write, usual_truncate, usual_sync = _Write(usual.xWrite), _Truncate(usual.xTruncate), _Sync(usual.xSync)

        def write(file: int, data: int, size: int, offset: int) -> int:
            answer = usual_write(file, data, size, offset)
            if answer == 0:
                self.ops.append(Write(self._paths[file], offset, ctypes.string_at(data, size)))
            return answer

        def truncate(file: int, size: int) -> int:
            answer = usual_truncate(file, size)
            if answer == 0:
                self.ops.append(Truncate(self._paths[file], size))
            return answer

        def sync(file: int, flags: int) -> int:
            answer = usual_sync(file, flags)
            if answer == 0:
                self.ops.append(Sync(self._paths[file], file in self._new_journals))
                self._new_journals.discard(file)
            return answer

        return _Write(write), _Truncate(truncate), _Sync(sync)


def _file_name(place: int) -> str:
    return Path(ctypes.string_at(place).decode()).name
