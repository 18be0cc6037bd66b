"""A slower disk than this machine's, for one process: every fsync takes some milliseconds longer."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
static void wait_a_little(void) {
    const char *wish = getenv("FSYNC_MICROSECONDS");
    if (wish) usleep((useconds_t)atoi(wish));
}
int fsync(int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    wait_a_little();
    return real(file);
}
int fdatasync(int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    wait_a_little();
    return real(file);
}
"""


class NoCompiler(Exception):
    """This machine has no C compiler, so its disk cannot be made slower."""


def slower_fsync(folder: Path, milliseconds: float) -> dict[str, str]:
    """The environment in which a process finds every fsync slower. Raises NoCompiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise NoCompiler("there is no `cc`; install a C compiler to try a slower disk")
    source, library = folder / "slow_disk.c", folder / "slow_disk.so"
    source.write_text(SOURCE)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "FSYNC_MICROSECONDS": str(int(milliseconds * 1000))}
