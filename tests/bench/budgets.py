#!/usr/bin/env python3
"""Measures what a run costs and whether it repeats itself.

    tests/bench/budgets.py build/release/smtprig --server embedded --runs 20
    tests/bench/budgets.py build/release/smtprig --server embedded --runs 20 --share 20

Runs the shipped suite several times in a row, each in a process of its own, and prints wall time,
CPU time and peak memory (the largest process) beside the machine's load, and whether the canonical
records of all runs are the same. --share N gives the run about N per cent of one processor: it is
pinned to that processor together with busy processes that take the rest; the share that it got is
printed. Ends with status 1 if two runs differ or --wall is exceeded by the median.
"""
import argparse
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time


def canonical_records(results_file):
    """Cell id -> canonical record; the last record of a cell counts."""
    records = {}
    for line in results_file.read_text().splitlines():
        record = json.loads(line)
        if "cell" in record:
            record.pop("measured", None)
            record.pop("type", None)
            records[record["cell"]] = json.dumps(record, sort_keys=True)
    return records


def busy_processes(share, processor):
    """Processes that leave `share` per cent of `processor` to two more of the same priority, as
    lab and server are. Each is a session of its own, as those are: the scheduler divides by
    session first (sched(7), autogroup)."""
    count = 2 * (round(100 / share) - 1)
    return [
        subprocess.Popen([sys.executable, "-c", "while True: pass"], start_new_session=True,
                         preexec_fn=lambda: os.sched_setaffinity(0, {processor}))
        for _ in range(count)
    ]


def one_run(program, arguments, processor):
    """Wall seconds, CPU seconds, peak MiB, exit status, records."""
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "run", "--out", folder, *arguments]
        pin = None if processor is None else (lambda: os.sched_setaffinity(0, {processor}))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        status = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                preexec_fn=pin).returncode
        wall = time.monotonic() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = sorted(pathlib.Path(folder).rglob("results.jsonl"))
        records = canonical_records(found[0]) if found else {}
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss / 1024, status, records


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--server", default="embedded")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--share", type=int, help="per cent of one processor")
    parser.add_argument("--wall", type=float, help="seconds that the median must not exceed")
    parser.add_argument("selection", nargs="*", help="ids or globs, as for `smtprig run`")
    options = parser.parse_args()

    processor = min(os.sched_getaffinity(0)) if options.share else None
    busy = busy_processes(options.share, processor) if options.share else []
    walls, cpus, peaks, different, first = [], [], [], {}, None
    try:
        for number in range(1, options.runs + 1):
            wall, cpu, peak, status, records = one_run(
                options.program, ["--server", options.server, *options.selection], processor)
            walls.append(wall), cpus.append(cpu), peaks.append(peak)
            first = records if first is None else first
            for cell in sorted(first.keys() | records.keys()):
                if first.get(cell) != records.get(cell):
                    different.setdefault(cell, []).append(number)
            print(f"run {number:2}: {wall:6.2f} s wall {cpu:6.2f} s cpu {peak:6.1f} MiB peak, "
                  f"status {status}, {len(records)} cells, load {os.getloadavg()[0]:.1f}",
                  flush=True)
    finally:
        for process in busy:
            process.kill()
            process.wait()

    share = 100 * sum(cpus) / sum(walls)
    spread = f"{min(walls):.2f} to {max(walls):.2f}"
    print(f"\n{options.server}: median {statistics.median(walls):.2f} s wall ({spread}), "
          f"{statistics.median(cpus):.2f} s cpu, {max(peaks):.1f} MiB peak of the largest process; "
          f"{options.runs} runs, {len(first)} cells, "
          f"{f'{share:.0f} % of one processor' if options.share else 'whole machine'}; "
          f"{os.cpu_count()} processors, {platform.machine()}, load {os.getloadavg()[0]:.1f}")
    for cell, runs in different.items():
        print(f"differs from run 1: {cell} in run {', '.join(map(str, runs))}")
    if not different:
        print("canonical records: the same in all runs")
    late = options.wall is not None and statistics.median(walls) > options.wall
    if late:
        print(f"slower than {options.wall} s")
    return 1 if different or late or not first else 0


if __name__ == "__main__":
    sys.exit(main())
