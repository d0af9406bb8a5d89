"""make bench: what reading, searching, baking and importing cost, as ratios to a bare WSGI
application under the same server, measured by turns in one run. Writes bench/results.md.
``python bench/run.py searching`` measures that part alone.

Needs wrk, nginx and redis-server; uses 127.0.0.1 only, and ends by itself. With DATABASE_URL naming
a PostgreSQL (tests/on_postgresql make bench) that one is used, else SQLite files of its own.
"""

import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NEEDED = {"wrk": "wrk", "nginx": "nginx", "redis-server": "redis-server"}
GUIDE = "/en/guides/spread-to-the-liver/"
ROUNDS, SECONDS, CONNECTIONS, WORKERS = 3, 3, 8, 2
LARGE = 10_000  # guides
IMPORTED = 1000  # guides, nine sections each, two languages
WAGTAIL_PUBLISH = 458  # ms a guide in two languages, where bare WSGI answered 6,800 times a second
WAGTAIL_BARE = 6800
# Another host with each request: its page is in no cache, but was drawn for no host before.
OTHER_HOSTS = """
local number = 0
request = function()
  number = number + 1
  return wrk.format("GET", nil, {["Host"] = "h" .. number .. ".localhost"})
end
"""


class Bench:
    def __init__(self, place):
        self.place, self.processes, self.rows, self.notes = place, ExitStack(), [], []
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "crcsite.settings",
            "DEBUG": "0",
            "DEMO": "1",
            "HTTPS": "0",
            "ALLOWED_HOSTS": "*",
            "SECRET_KEY": "only-for-measuring-" + "0123456789" * 5,
            "VAR_DIR": str(place),
        }
        self.env.setdefault("DATABASE_URL", f"sqlite:///{place}/site.sqlite3")
        self.postgres = self.env["DATABASE_URL"].startswith("postgres")

    # -- Processes -----------------------------------------------------------------------------

    def manage(self, *arguments, links=False, **env):
        """``links``: some may be dead, since made-up content has no page "About this site"."""
        command = [BIN / "python", "manage.py", *map(str, arguments)]
        done = subprocess.run(
            command, cwd=ROOT, env={**self.env, **env}, capture_output=True, text=True
        )
        if done.returncode and not (links and "links are dead" in done.stderr):
            sys.exit(f"{' '.join(map(str, arguments))}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def measure_in_django(self, script, *arguments, **env):
        """The last line that a script of this folder prints."""
        command = [BIN / "python", ROOT / "bench" / script, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=ROOT, env={**self.env, **env}, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"{script}:\n{done.stdout}{done.stderr}")
        return done.stdout.strip().splitlines()

    def serve(self, application, **env):
        """gunicorn on a port of its own; gives the port."""
        port = free_port()
        command = [BIN / "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
        command += ["--workers", str(WORKERS), "--log-level", "error"]
        self.start(command, {**self.env, **env}, port)
        return port

    def start(self, command, env, port):
        process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
        self.processes.callback(stop, process)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return process
            except OSError:
                if process.poll() is not None:
                    break
                time.sleep(0.1)
        return sys.exit(f"{command[0]} does not answer on port {port}.")

    # -- Rows ----------------------------------------------------------------------------------

    def row(self, what, wanted, value, unit="", good=None):
        met = "" if good is None else ("yes" if good else "**no**")
        self.rows.append((what, wanted, f"{value}{unit}", met))
        print(f"{what}: {value}{unit} (wanted: {wanted}) {met}", flush=True)

    def by_turns(self, cases):
        """Name to requests a second: each case is asked in turn, several times; the median."""
        found = {name: [] for name in cases}
        for _ in range(ROUNDS):
            for name, (port, path, options) in cases.items():
                found[name].append(requests_a_second(port, path, options))
        return {name: statistics.median(values) for name, values in found.items()}


def requests_a_second(port, path, options):
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *options]
    told = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in told and not any("None-Match" in each for each in options):
        sys.exit(f"{path} is answered with errors:\n{told}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])


def stop(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def fetch(port, path, **headers):
    """(status, headers, body)"""
    from http.client import HTTPConnection

    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return response.status, response.headers, response.read()


# -- What is measured --------------------------------------------------------------------------


def reading(bench):
    """The guide of the starter content, in every way that it is given."""
    bench.manage("migrate", "-v0")
    bench.manage("demo")
    bench.manage("collectstatic", "--noinput", "-v0")
    redis = free_port()
    command = ["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", ""]
    bench.start(command, bench.env, redis)
    memory = bench.serve("crcsite.wsgi")
    shared = bench.serve("crcsite.wsgi", CACHE_URL=f"rediscache://127.0.0.1:{redis}/0")
    restarted = bench.serve("crcsite.wsgi", CACHE_URL="dummycache://")  # drawn before, nothing kept
    anew = bench.serve("crcsite.wsgi", DJANGO_SETTINGS_MODULE="bench.anew")
    _status, headers, body = fetch(memory, GUIDE)
    (bench.place / "guide").write_bytes(body)
    bare = bench.serve("bench.bare", BARE=str(bench.place / "guide"))
    hosts = bench.place / "hosts.lua"
    hosts.write_text(OTHER_HOSTS)
    found = bench.by_turns(
        {
            "bare": (bare, "/", []),
            "memory": (memory, GUIDE, []),
            "redis": (shared, GUIDE, []),
            "304": (memory, GUIDE, ["-H", f"If-None-Match: {headers['ETag']}"]),
            "items warm": (memory, GUIDE, ["-s", str(hosts)]),
            "restarted": (restarted, GUIDE, []),
            "anew": (anew, GUIDE, []),
        }
    )
    bench.bare = found["bare"]
    bench.row("bare WSGI, requests a second", "", round(bench.bare))
    for what, name, least in [
        ("guide page kept in memory", "memory", 0.65),
        ("guide page kept in Redis", "redis", 0.35),
        ("304", "304", 0.65),
        ("guide page, page cache cold, drawn before", "items warm", 0.055),
        ("guide page, cache empty after a restart, drawn before", "restarted", 0.025),
    ]:
        ratio = found[name] / bench.bare
        bench.row(what, f"{least} of bare", f"{ratio:.3f}", good=ratio >= least)
    bench.row("guide page drawn anew at each request", "", f"{found['anew'] / bench.bare:.3f}")


def searching(bench):
    lines = bench.measure_in_django("search.py", 100, LARGE, DATABASE_URL="")
    p95 = {
        (int(m[1]), m[2]): float(m[3])
        for line in lines
        if (m := re.match(r"\s*(\d+) guides, /(\w+)/: .*?p95\s+([\d.]+) ms", line))
    }
    most = max(value for (guides, _code), value in p95.items() if guides == LARGE)
    growth = max(p95[LARGE, code] / p95[100, code] for code in ("en", "es"))
    bench.row(f"search at {LARGE} guides, p95", "15 ms", most, " ms", most < 15)
    bench.row("the same to 100 guides", "1.5 x", f"{growth:.2f}", " x", growth <= 1.5)


def growing(bench):
    """A large site: what a page costs there, what a worker needs, what a bake takes."""
    database = f"sqlite:///{bench.place}/large.sqlite3"
    large = {"DATABASE_URL": database, "SEARCH_ROOT": str(bench.place / "large-search")}
    bench.manage("migrate", "-v0", **large)
    said = bench.manage("seed_bench", LARGE, **large)
    bench.notes.append(f"seed_bench {LARGE}: {said.strip()}")
    lines = bench.measure_in_django("growth.py", bench.place / "small.sqlite3", **large)
    ratio, memory = float(lines[-2]), float(lines[-1])
    bench.row("guide page at 100 guides to 10,000", "0.9", f"{ratio:.2f}", good=ratio >= 0.9)
    bench.row(f"memory of a worker at {LARGE} guides", "200 MB", round(memory), " MB", memory < 200)


def baking(bench):
    database = {"DATABASE_URL": f"sqlite:///{bench.place}/bake.sqlite3"}
    out = bench.place / "baked"
    bench.manage("migrate", "-v0", **database)
    bench.manage("seed_bench", 25, "--topics", 8, **database)
    started = time.perf_counter()
    said = bench.manage("bake", out, "--no-pdf", links=True, **database)
    took = time.perf_counter() - started
    pages = int(re.search(r": (\d+) pages", said)[1])
    scaled = took * 10_000 / pages
    bench.notes.append(f"bake --no-pdf of {pages} files: {took:.0f} s")
    bench.row("bake of 10,000 pages", "240 s", round(scaled), " s", scaled < 240)
    lines = bench.measure_in_django("resign.py", **database)
    bench.notes.append(lines[-1])
    started = time.perf_counter()
    bench.manage("bake", out, "--changed", "--no-pdf", links=True, **database)
    took = time.perf_counter() - started
    bench.row("bake of one changed guide", "3 s", f"{took:.1f}", " s", took < 3)


def importing(bench):
    lines = bench.measure_in_django(
        "importing.py", IMPORTED, DATABASE_URL=f"sqlite:///{bench.place}/import.sqlite3"
    )
    ms, queries = map(float, lines[-1].split())
    most = WAGTAIL_PUBLISH / 8 * WAGTAIL_BARE / bench.bare
    bench.row(
        "import and sign a guide of nine sections in two languages",
        f"{most:.0f} ms",
        round(ms),
        f" ms, {queries:.0f} queries",
        ms <= most,
    )


PARTS = {each.__name__: each for each in (reading, importing, searching, growing, baking)}


def main():
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        sys.exit(f"There is no part {', '.join(sorted(unknown))}; known: {', '.join(PARTS)}.")
    if "reading" not in wanted:
        wanted.insert(0, "reading")  # ratios need it
    missing = [package for program, package in NEEDED.items() if not shutil.which(program)]
    if missing:
        sys.exit(f"make bench needs {', '.join(missing)} (Debian packages of these names).")
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place))
        try:
            with bench.processes:
                for name in wanted:
                    PARTS[name](bench)
        finally:
            write(bench, time.perf_counter() - started)


def write(bench, took):
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    kind = "PostgreSQL" if bench.postgres else "SQLite"
    lines = [
        f"## {kind}, {time.strftime('%d %B %Y')}",
        "",
        f"Commit {commit}, {platform.python_implementation()} {platform.python_version()}, "
        f"{os.cpu_count()} cores, gunicorn with {WORKERS} workers, {took / 60:.0f} minutes; "
        f"load before: {os.getloadavg()[2]:.1f}.",
        "",
        "| what | wanted | measured | met |",
        "|---|---|---|---|",
        *(f"| {' | '.join(map(str, row))} |" for row in bench.rows),
        "",
        *(f"- {note}" for note in bench.notes),
        "",
    ]
    path = ROOT / "bench" / "results.md"
    parts = re.split(r"(?m)^(?=## )", path.read_text()) if path.exists() else []
    parts = [each for each in parts if each.startswith("## ") and kind not in each.split("\n")[0]]
    path.write_text("# make bench\n\n" + "\n".join(lines) + "\n" + "".join(parts))


if __name__ == "__main__":
    main()
