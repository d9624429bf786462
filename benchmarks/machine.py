"""What the figures were measured on, and how a process is held to one core."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path


def describe() -> str:
    """Return processor, cores, system and Python on one line."""
    cores = f"{os.cpu_count()} cores"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{processor()}, {cores}, {platform.system()} {platform.machine()}, {python}"


def processor() -> str:
    """Return the processor's name as the system gives it."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return platform.processor() or "unknown processor"


def last_core() -> int | None:
    """Return a core that a process can be pinned to, None where the system cannot pin."""
    if sys.platform == "linux":
        return max(os.sched_getaffinity(0))
    return None


def pin(core: int) -> None:
    """Keep this process, and the threads it will start, on one core."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {core})


def resident_bytes() -> int | None:
    """Return the memory this process occupies, None where the system does not say."""
    return _proc_status("VmRSS") if sys.platform == "linux" else peak_resident_bytes()


def peak_resident_bytes() -> int | None:
    """Return the most memory this process ever occupied, None where the system does not say."""
    if sys.platform == "linux":
        # getrusage would give the parent's peak for a process that has just been started.
        return _proc_status("VmHWM")
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return None


def _proc_status(field: str) -> int | None:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    return None
