"""`make run`: the whole service in one terminal. `make stop`: end what this checkout has running.

Steps first (servers, schema, translations, static files, demo), then web, worker, beat, opener.
Ctrl-C or a polite kill ends everything within five seconds, servers too, unless others use them.
"""

import os
import signal
import sys
import time
from functools import partial
from http.client import HTTPConnection, HTTPException

from servicedesk import env
from servicedesk.embedded import ports, processes
from servicedesk.embedded.errors import ServerError
from servicedesk.running import once, summary
from servicedesk.running.children import Role
from servicedesk.running.console import Console
from servicedesk.running.preparing import Preparation, StepFailed, Stopped
from servicedesk.running.supervisor import Supervisor

STOP_SECONDS = 6
SERVERS_LOOKED_AT_EVERY = 2.0
# In a container everything is root; Celery would say so at length at every start.
ROOT_IS_FINE = "ignore:You're running the worker with superuser privileges"
ACCESS_LINE = "%({host}i)s %(m)s %(U)s %(s)s %(M)s ms"


def roles() -> list[Role]:
    """The processes: who answers browsers, works, keeps time, lays. Zones in ARCHITECTURE."""
    python, celery = sys.executable, ["-m", "celery", "-q", "-A", "servicedesk"]
    addresses = [
        f"[{host}]:{env.port()}" if ":" in host else f"{host}:{env.port()}" for host in hosts()
    ]
    roles = [
        Role(
            "web",
            [
                *(python, "-m", "gunicorn", "servicedesk.wsgi:application"),
                *("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--preload"),
                *(word for address in addresses for word in ("--bind", address)),
                *("--access-logfile", "-", "--access-logformat", ACCESS_LINE),
                *("--graceful-timeout", "2", "--no-control-socket"),
            ],
            {"SERVICEDESK_ZONE": "router"},
        ),
        Role(
            "worker",
            [
                *(python, *celery, "worker", "-Q", "celery", "--concurrency", "2"),
                *("--without-mingle", "--without-gossip", "--loglevel", "INFO"),
            ],
            {"SERVICEDESK_ZONE": "desk", "PYTHONWARNINGS": ROOT_IS_FINE},
        ),
        Role(
            "beat",
            [
                *(python, *celery, "beat", "--pidfile="),
                *("--schedule", str(env.VAR / "beat/schedule"), "--loglevel", "INFO"),
            ],
            {"SERVICEDESK_ZONE": "desk"},
        ),
        Role(
            "opener",
            [
                *(
                    python,
                    *celery,
                    "worker",
                    "-Q",
                    "provision",
                    "--pool",
                    "solo",
                    "-n",
                    "opener@%h",
                ),
                *("--without-mingle", "--without-gossip", "--loglevel", "INFO"),
            ],
            {"SERVICEDESK_ZONE": "owner", "PYTHONWARNINGS": ROOT_IS_FINE},
        ),
    ]
    if os.environ.get("SERVICEDESK_LISTEN_MAIL"):
        listen = [python, str(env.BASE_DIR / "manage.py"), "listen_mail"]
        roles.append(Role("mail", listen, {"SERVICEDESK_ZONE": "desk"}))
    return roles


def hosts() -> list[str]:
    """The addresses the web process listens on."""
    if host := os.environ.get("SERVICEDESK_HOST"):
        return [host]
    # Browsers try ::1 first for *.localhost, where there is such an address.
    return [ports.LOOPBACK, *([ports.LOOPBACK_6] if ports.is_free(0, ports.LOOPBACK_6) else [])]


def run() -> int:
    """Prepare, start, watch, stop. Returns the exit code."""
    try:
        with once.the_only_one(env.VAR) as left:
            console = Console(env.VAR / "log/run.log")
            if left:
                console.say(f"A `make run` that was killed had left {left} processes: ended.")
            return _run(console)
    except once.AlreadyRuns as other:
        print(
            f"This checkout already runs (process {other.args[0]}): {desk_url()}\n"
            "Stop it with Ctrl-C in its terminal, or with `make stop`."
        )
        return 1


def _run(console: Console) -> int:
    started = time.monotonic()
    supervisor = Supervisor(roles(), console, tick=ServersAlive(console))
    supervisor.listen_to_signals()
    console.say(console.bold("Starting servicedesk"))
    try:
        refuse_taken_port()
        # Who answers browsers comes first, while the demo is laid: one core each. All together
        # they would share two.
        Preparation(console, supervisor.glance).all(before_the_demo=partial(_first, supervisor))
        (env.VAR / "beat").mkdir(exist_ok=True)
        _first(supervisor)
        supervisor.watch(until=web_answers, tick_seconds=0.1)
        if not supervisor.is_over:
            console.say(summary.text(console, seconds=time.monotonic() - started))
            supervisor.start()
            once.keep(env.VAR, supervisor.pids)
        supervisor.watch()
    except (ServerError, StepFailed) as problem:
        if not supervisor.is_asked_to_stop:
            supervisor.failed = True
            console.say(f"\n{problem}")
    except Stopped:
        pass
    _stop(supervisor, console)
    return 1 if supervisor.failed else 0


def _first(supervisor: Supervisor) -> None:
    supervisor.start(only_first=True)
    once.keep(env.VAR, supervisor.pids)


def _stop(supervisor: Supervisor, console: Console) -> None:
    started = time.monotonic()
    if supervisor.pids:
        console.say("\nStopping ...")
    supervisor.stop()
    env.stop_servers()
    if supervisor.pids:
        console.say(f"Stopped ({time.monotonic() - started:.1f} s).")
    console.close()


class ServersAlive:
    """Brings our servers back when they die under us."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next = 0.0

    def __call__(self) -> None:
        """Look, at most every two seconds."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + SERVERS_LOOKED_AT_EVERY
        try:
            for name in env.revive_servers():
                self._console.line("run", f"{name} had died: started again.")
        except ServerError as problem:
            self._console.line("run", str(problem))


def stop() -> int:
    """End the runner of this checkout, if one lives, and its servers, whoever uses them."""
    if runner := once.runner(env.VAR):
        processes.send(runner, signal.SIGTERM)
        if not processes.ended(runner, once.MODULE, within=STOP_SECONDS):
            processes.send(runner, signal.SIGKILL)
            processes.ended(runner, once.MODULE, within=1)
    with once.the_only_one(env.VAR):  # also ends what a killed runner has left
        env.stop_servers(even_if_used=True)
    print("Stopped." if runner else "Nothing of this checkout runs any more.")
    return 0


def refuse_taken_port() -> None:
    """Raise ServerError when somebody else listens where the web process should."""
    port = env.port()
    if not all(ports.is_free(port, host) for host in hosts()):
        holder = processes.listener(port)
        who = f"by process {holder[0]} ({holder[1]})" if holder else "by another program"
        raise ServerError(
            f"Port {port} is taken {who}.\nStop that, or choose another port:\n"
            f"  PORT={ports.next_free(port + 1)} make run"
        )


def desk_url() -> str:
    """Where staff work."""
    return f"http://desk.localhost:{env.port()}/"


def web_answers() -> bool:
    """Whether a browser would get an answer now."""
    connection = HTTPConnection(hosts()[0], env.port(), timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": f"desk.localhost:{env.port()}"})
        return connection.getresponse().status > 0
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(stop() if sys.argv[1:] == ["stop"] else run())
