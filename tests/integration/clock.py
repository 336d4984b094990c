"""A wall clock that jumps, for one real process: a preloaded shim that adds an offset to it."""

import mmap
import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

# Only the wall clock: CLOCK_MONOTONIC goes on, as it does when an operator or NTP sets the time.
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long *offset_s;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("CLOCK_OFFSET"), O_RDONLY);
    offset_s = mmap(0, 4096, PROT_READ, MAP_SHARED, file, 0);
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *out) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int status = real(clock, out);
    if (offset_s && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        out->tv_sec += *offset_s;
    return status;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
"""


class JumpyClock:
    """Hold the wall clock of the processes that are started with `environment`."""

    def __init__(self, folder: Path) -> None:
        """Build the shim in `folder`; the test is skipped where there is no C compiler."""
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("needs a C compiler to build the clock's shim")
        source, library, offset = (folder / name for name in ("shim.c", "shim.so", "offset"))
        source.write_text(SHIM)
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
        subprocess.run(command, check=True, capture_output=True)
        offset.write_bytes(bytes(4096))
        with offset.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), 4096)
        self.environment = {"LD_PRELOAD": os.fspath(library), "CLOCK_OFFSET": os.fspath(offset)}

    def set(self, seconds: int) -> None:
        """Let the clock be `seconds` ahead of the true time from now on (negative: behind)."""
        self._page[:8] = struct.pack("@q", seconds)
