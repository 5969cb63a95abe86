"""The embedded Valkey: closed to strangers, evicts nothing, forgets nothing."""

import os
import signal
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from servicedesk import env
from servicedesk.embedded import processes
from servicedesk.embedded.valkey import Broker


def test_there_is_no_address_before_it_runs(var: Path) -> None:
    assert env.broker() is None

    assert env.ensure_broker() == env.broker()


def test_it_never_evicts_and_asks_for_a_password(var: Path) -> None:
    client = redis.Redis.from_url(env.ensure_broker())

    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert client.config_get("appendonly") == {"appendonly": "yes"}
    port = client.connection_pool.connection_kwargs["port"]
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=port, retry=Retry(NoBackoff(), 0)).ping()
    client.close()


def test_what_was_written_survives_a_crash(var: Path) -> None:
    client = redis.Redis.from_url(env.ensure_broker())
    client.set("bell", "rung")
    client.waitaof(1, 0, 2000)
    pid = Broker(var).pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert processes.ended(pid, "127.0.0.1", within=5)
    client.close()

    again = redis.Redis.from_url(env.ensure_broker())

    assert again.get("bell") == b"rung"
    again.close()


def test_redis_url_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://broker.example:6379/3")

    assert env.broker() == env.ensure_broker() == "redis://broker.example:6379/3"
