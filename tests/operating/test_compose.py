"""`docker-compose.yml`: nothing privileged, no secret too many, and every command of ours works."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from servicedesk import env
from tests.living import Live
from tests.operating import composed
from tests.operating.composed import OTHERS, OURS, Composed, Running, wait_until

SERVICES = composed.read()["services"]
DESKS = {"desk_secret", "desk_key", "desk_key_before"}
EMPTY = {"smtp_password", "desk_key_before", "portal_key_before"}
WEB = ("desk", "desk2", "portal", "portal2")


def _secrets(name: str) -> set[str]:
    return set(SERVICES[name].get("secrets", []))


def test_the_services_are_these() -> None:
    assert sorted(SERVICES) == sorted([*OURS, *OTHERS])


GIVEN_UP = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "read_only": True,
}
PRIVILEGES = ("privileged", "cap_add", "devices", "pid", "ipc", "network_mode", "userns_mode")


def _privileges(service: dict[str, Any]) -> set[str]:
    """What a service has that it should not have."""
    found = {word for word, given_up in GIVEN_UP.items() if service.get(word) != given_up}
    found |= {word for word in PRIVILEGES if word in service}
    if int(service.get("user", "0").partition(":")[0]) == 0:
        found.add("user")
    if any("docker.sock" in volume for volume in service.get("volumes", [])):
        found.add("docker.sock")
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_is_privileged(name: str) -> None:
    assert _privileges(SERVICES[name]) == set()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"privileged": True}, "privileged"),
        ({"cap_drop": []}, "cap_drop"),
        ({"cap_add": ["SYS_ADMIN"]}, "cap_add"),
        ({"security_opt": []}, "security_opt"),
        ({"read_only": False}, "read_only"),
        ({"user": "0:0"}, "user"),
        ({"volumes": ["/var/run/docker.sock:/x"]}, "docker.sock"),
    ],
)
def test_a_privilege_would_be_found(change: dict[str, Any], found: str) -> None:
    assert _privileges(SERVICES["portal"] | change) == {found}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"prepare"}))
def test_each_has_a_health_check_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    networks = composed.read()["networks"]
    for name in ("postgres", "valkey"):
        assert SERVICES[name]["networks"] == ["back"]
    assert networks["back"] == networks["front"] == networks["relay"] == {"internal": True}
    outside = {name for name in SERVICES if {"edge", "out"} & set(SERVICES[name]["networks"])}
    assert outside == {"nginx", "worker"}, "who has a way out"
    assert "back" not in SERVICES["nginx"]["networks"]


def test_each_is_handed_the_secrets_it_needs_and_no_other() -> None:
    for name in ("portal", "portal2"):
        assert _secrets(name) == {
            "tenant_secret", "portal_key", "portal_key_before", "broker_password",
        }  # fmt: skip
    assert _secrets("beat") == {"broker_password"}
    assert {name for name in SERVICES if "owner_password" in _secrets(name)} == {
        "prepare", "provision", "postgres",
    }  # fmt: skip
    assert {name for name in SERVICES if DESKS & _secrets(name)} == {
        "desk", "desk2", "worker", "mail", "prepare",
    }  # fmt: skip
    assert {name for name in SERVICES if "smtp_password" in _secrets(name)} == {"worker"}


@pytest.mark.parametrize("name", OURS)
def test_every_secret_that_is_read_is_handed_out(name: str) -> None:
    files = {
        Path(word).name
        for key, word in SERVICES[name]["environment"].items()
        if key.endswith("_FILE")
    }
    assert files == _secrets(name)


def test_every_secret_is_made_by_the_script_once(tmp_path: Path) -> None:
    shutil.copy(env.BASE_DIR / "deploy/secrets.sh", tmp_path)

    def made() -> dict[str, str]:
        subprocess.run(["sh", "secrets.sh"], cwd=tmp_path, check=True, capture_output=True)
        return {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}

    first = made()
    assert first.keys() == composed.read()["secrets"].keys()
    ours = [word for name, word in first.items() if name not in EMPTY]
    assert {name for name, word in first.items() if not word} == EMPTY
    assert all(len(bytes.fromhex(word)) == 32 for word in ours)
    assert len(set(ours)) == len(ours)
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "certificates").stat().st_mode) == 0o755, "nginx looks into it"
    assert made() == first, "a second time changes nothing"


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for key, word in service.get("environment", {}).items():
            assert not re.search("PASSWORD|SECRET", key) or key.endswith("_FILE") or (
                key == "SERVICEDESK_SECRET_KEY" and word == "beat-signs-nothing"
            )  # fmt: skip


def test_who_may_write_files() -> None:
    """Whoever takes uploads and mails writes them, the proxy reads them, nobody else has them."""
    writes = {
        name: [volume for volume in service.get("volumes", []) if volume.startswith("media:")]
        for name, service in SERVICES.items()
    }
    assert {name: volumes for name, volumes in writes.items() if volumes} == {
        **{name: ["media:/var/lib/servicedesk/media"] for name in WEB},
        "prepare": ["media:/var/lib/servicedesk/media"],
        "worker": ["media:/var/lib/servicedesk/media"],
        "nginx": ["media:/media:ro"],
    }
    _, group = SERVICES["portal"]["user"].split(":")
    assert SERVICES["nginx"]["group_add"] == [group], "what is written is its group's to read"


@pytest.mark.parametrize("name", OURS)
def test_who_has_a_key_has_its_former_one(name: str) -> None:
    words = SERVICES[name]["environment"]
    if "SERVICEDESK_SECRET_KEY_FILE" in words:
        former = words["SERVICEDESK_SECRET_KEY_BEFORE_FILE"]
        assert former == f"{words['SERVICEDESK_SECRET_KEY_FILE']}_before"


def test_an_empty_file_is_no_former_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICEDESK_SECRET_KEY", "new")
    monkeypatch.delenv("SERVICEDESK_SECRET_KEY_BEFORE", raising=False)
    monkeypatch.setenv("SERVICEDESK_SECRET_KEY_BEFORE_FILE", str(tmp_path / "before"))
    for written, former in (("", []), ("old\n", ["old"])):
        (tmp_path / "before").write_text(written)
        assert env.former_keys() == former


def test_no_image_holds_a_secret() -> None:
    left_out = (env.BASE_DIR / ".dockerignore").read_text().splitlines()
    assert {".env", "deploy/secrets", "deploy/certificates", "var", ".git"} <= set(left_out)


def test_every_setting_of_the_file_is_documented() -> None:
    document = (env.BASE_DIR / "docs/settings.md").read_text()
    names = {key for name in OURS for key in SERVICES[name]["environment"]}
    assert {name for name in names if f"`{name.removesuffix('_FILE')}`" not in document} == set()


def test_the_example_names_what_must_be_said() -> None:
    text = (env.BASE_DIR / "docker-compose.yml").read_text()
    example = (env.BASE_DIR / "deploy/env.example").read_text()
    for name in re.findall(r"\$\{(\w+)", text):
        assert f"\n{name}=" in example, name


# --- The commands, as processes of this machine ---------------------------------------------------


@pytest.fixture
def composition(live: Live, own_valkey: str, collected_static: Path) -> Iterator[Composed]:
    made = Composed(live, own_valkey, collected_static)
    yield made
    made.end()


def _ask(
    service: Running, path: str, *, host: str, method: str = "GET", body: str = "", **headers: str
) -> tuple[int, dict[str, str], str]:
    """A request as nginx passes it on; by address as a health check asks when there is no host."""
    connection = HTTPConnection("127.0.0.1", service.ports["PORT"], timeout=10)
    forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"} if host else {}
    named = {"Host": host} if host else {}
    connection.request(method, path, body=body, headers={**named, **forwarded, **headers})
    response = connection.getresponse()
    text = response.read().decode(errors="replace")
    connection.close()
    return response.status, dict(response.getheaders()), text


def _lines(service: Running) -> list[dict[str, Any]]:
    whole = service.said().rpartition("\n")[0]  # the last one may be on its way
    # Celery's last word comes from a signal handler, past every log.
    lines = [line for line in whole.splitlines() if line and not line.startswith("worker: ")]
    assert [line for line in lines if not line.startswith("{")] == [], service.name
    return [json.loads(line) for line in lines]


@pytest.mark.real_logins
@pytest.mark.timeout(240)
def test_every_command_works_and_ends_when_told(composition: Composed) -> None:
    _prepare(composition)
    names = ("desk", "portal", "worker", "mail", "provision", "beat")
    desk, portal, worker, _, _, _ = (composition.start(name) for name in names)
    for name in names:
        service = composition.running[name]
        healthy = partial(composition.is_healthy, name)
        wait_until(healthy, seconds=90, what=service.said)

    _is_ready(portal)
    _each_serves_its_own_hosts(desk, portal)
    _the_worker_knows_who_asked(portal, worker)
    _figures_are_read_from_inside(desk, portal)

    for name in reversed(names):
        service = composition.running[name]
        code, took = service.stop(within=30)
        print(f"{name}: ended {took:.1f} s after SIGTERM")
        assert code == 0, service.said()[-3000:]
        assert _lines(service) or name == "beat", "one JSON object a line"
    _nothing_was_written(composition)


def _prepare(composition: Composed) -> None:
    prepare = composition.start("prepare")
    assert prepare.process.wait(90) == 0, prepare.said()[-3000:]
    assert "prepared" in prepare.said()


def _is_ready(portal: Running) -> None:
    """The router's login sees database, broker, beat, outbox: all through the worker's sweep."""

    def found() -> dict[str, Any]:
        checks = json.loads(_ask(portal, "/healthz/ready", host="")[2])["checks"]
        return {name: check["status"] for name, check in checks.items()}

    wait_until(lambda: set(found().values()) == {"ok"}, seconds=30, what=lambda: str(found()))


def _each_serves_its_own_hosts(desk: Running, portal: Running) -> None:
    status, headers, _ = _ask(desk, "/", host="desk.localhost")
    assert (status, headers["Location"]) == (302, "/sign-in/?next=/")
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert _ask(portal, "/sign-in/", host="acme.localhost")[0] == 200
    for host in ("desk.localhost", "admin.localhost", "nobody.example"):
        assert _ask(portal, "/", host=host)[0] == 404, host
    held = Path(f"/proc/{portal.process.pid}/environ").read_text()
    assert "DESK" not in held.replace("servicedesk", "").replace("SERVICEDESK", "")
    assert env.secrets().desk_secret not in held


def _the_worker_knows_who_asked(portal: Running, worker: Running) -> None:
    """Uma asks for a code; the worker's line about her mail carries her request's id."""
    _, headers, page = _ask(portal, "/sign-in/", host="acme.localhost")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    cookie = re.search(r"__Host-csrf=(\w+)", headers["Set-Cookie"])
    assert token
    assert cookie
    status, headers, _ = _ask(
        portal, "/sign-in/", host="acme.localhost", method="POST",
        body=f"csrfmiddlewaretoken={token[1]}&email=uma%40acme.test",
        **{
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"__Host-csrf={cookie[1]}",
            "Referer": "https://acme.localhost/sign-in/",
            "X-Request-ID": "0123456789abcdef0123456789abcdef",
        },
    )  # fmt: skip
    assert status == 302
    assert headers["X-Request-ID"] == "0123456789abcdef0123456789abcdef"
    wait_until(
        lambda: any(
            line.get("request_id") == headers["X-Request-ID"]
            and line.get("task") == "tickets.tasks.drain_outbox"
            for line in _lines(worker)
        ),
        seconds=15,
        what=worker.said,
    )


def _figures_are_read_from_inside(desk: Running, portal: Running) -> None:
    assert _ask(desk, "/metrics", host="desk.localhost")[0] in (302, 404), "through the proxy"
    status, _, text = _ask(portal, "/metrics", host="")
    assert status == 200
    for name in ('servicedesk_zone_switches_total{zone="customer"}', "servicedesk_database_up 1.0"):
        assert name in text


def _nothing_was_written(composition: Composed) -> None:
    """The images are read-only: outside of memory and volumes nobody may try to write."""
    for name in composition.running:
        left = {path.name for path in (composition.place / name).iterdir()}
        assert left <= {"static", "metrics", "media"}, name
