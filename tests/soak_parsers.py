"""Every parser of what comes from outside, fed with damage: only our own errors may come out, and little memory go in.

`python -m tests.soak_parsers [seconds] [parser] [seed]`: each parser runs in a process of its own that may take 256 MiB
more than it has when it begins. What it does accept must be believable: no negative amount, no text that no database
keeps.
"""

import faulthandler
import logging
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.sources.contract.damage import PARSERS, Parser

SECONDS = 60.0
HANGS_AFTER = 30.0
"""Seconds after its time was up at which a parser is taken for one that never ends; where it is, is printed."""
MEMORY_BYTES = 256 * 1024 * 1024
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzzed:
    """What became of one parser."""

    name: str
    inputs: int
    accepted: int
    refused: int
    peak_bytes: int
    """Beyond what the process had when it began."""
    failure: str = ""
    """An error that is not ours, and the input that made it, in hexadecimal."""

    def __str__(self) -> str:
        return (
            f"{self.name}: inputs {self.inputs}, accepted {self.accepted}, refused {self.refused}, "
            f"peak {self.peak_bytes >> 20} MiB{self.failure and ', FAILED: '}{self.failure}"
        )


def fuzz(parser: Parser, seconds: float, seed: int) -> Fuzzed:
    """Feed one parser for a while, in this process."""
    logging.disable()  # each input that is refused would say so
    random, ends = Random(seed), time.monotonic() + seconds
    for body in parser.seeds:
        parser.feed(body)  # whatever is built at first use is built, and what is whole is accepted
    faulthandler.dump_traceback_later(seconds + HANGS_AFTER, exit=True)
    before = _peak_bytes()
    resource.setrlimit(resource.RLIMIT_AS, (_size_bytes() + MEMORY_BYTES, resource.RLIM_INFINITY))
    seen: Counter[bool] = Counter()
    failure = ""
    while time.monotonic() < ends and not failure:
        body = parser.damage(random.choice(parser.seeds), random)
        try:
            parser.feed(body)
            seen[True] += 1
        except parser.ours:
            seen[False] += 1
        except Exception as error:  # noqa: BLE001 - whatever else comes out is what is looked for
            failure = f"{type(error).__name__}: {error!s:.300}; input {body[:4000].hex()}"
    return Fuzzed(
        name=parser.name,
        inputs=seen.total() + bool(failure),
        accepted=seen[True],
        refused=seen[False],
        peak_bytes=_peak_bytes() - before,
        failure=failure,
    )


def in_a_process(name: str, seconds: float, seed: int) -> tuple[int, str]:
    """Feed one parser in a new process. Give its exit code and the line that it prints."""
    command = [sys.executable, "-m", "tests.soak_parsers", str(seconds), name, str(seed)]
    # Else each thread of a client's deadline sets 64 MiB of addresses aside, which is no memory, and counts as such.
    env = os.environ | {"MALLOC_ARENA_MAX": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip() or done.stderr.strip()[-2000:]


def main(words: Sequence[str]) -> int:
    """Feed one parser here, or all of them in a process each."""
    seconds = float(words[0]) if words else SECONDS
    seed = int(words[2]) if words[2:] else int(time.time())
    if not words[1:]:
        done = [in_a_process(name, seconds, seed) for name in PARSERS]
        print(f"parsers {len(done)}, seconds each {seconds:g}, seed {seed}")
        print("\n".join(line for _, line in done))
        return max(code for code, _ in done)
    found = fuzz(PARSERS[words[1]](), seconds, seed)
    print(found)
    return 1 if found.failure else 0


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _size_bytes() -> int:
    """How much address space the process has."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
