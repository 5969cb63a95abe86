"""What keeps the first start short, and what must not be lost by it."""

import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.staticfiles.finders import get_finders

from servicedesk.running.children import Role
from servicedesk.running.console import Console
from servicedesk.running.preparing import CommandRun, StepFailed, Stopped
from servicedesk.running.supervisor import Supervisor
from servicedesk.static_storage import HashedStorage

FEW_FILES = 230
"""Of 269 with all that the libraries bring; each one more is copied, hashed and compressed."""


def collected() -> set[str]:
    left_out = apps.get_app_config("staticfiles").ignore_patterns  # type: ignore[attr-defined]  # the stubs know the base class only
    return {path for finder in get_finders() for path, _ in finder.list(left_out)}


def test_only_static_files_that_a_page_asks_for_are_collected() -> None:
    files = collected()

    assert {
        "css/base.css",
        "django_htmx/htmx-2.min.js",
        "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js",
        "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css",
        "unfold/css/styles.css",
    } <= files
    assert not [name for name in files if name.endswith(".map") or "redoc" in name]
    assert len(files) < FEW_FILES


def test_a_stylesheet_whose_source_map_is_left_out_still_gets_its_hash(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{color:red}\n/*# sourceMappingURL=a.css.map */\n")
    (tmp_path / "b.js").write_text("let b\n//# sourceMappingURL=b.js.map\n")
    storage = HashedStorage(location=tmp_path, base_url="/static/")

    said = list(storage.post_process({name: (storage, name) for name in ("a.css", "b.js")}))

    assert not [one for one in said if isinstance(one[2], Exception)]
    assert set(storage.hashed_files) == {"a.css", "b.js"}


def test_only_what_carries_its_hash_is_compressed(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{color:red}\n" * 99)
    storage = HashedStorage(location=tmp_path, base_url="/static/")

    list(storage.post_process({"a.css": (storage, "a.css")}))

    hashed = storage.hashed_files["a.css"]
    assert {file.name for file in tmp_path.glob("*.br")} == {f"{hashed}.br"}
    assert {file.name for file in tmp_path.glob("*.gz")} == {f"{hashed}.gz"}


def test_a_web_process_that_dies_while_the_demo_is_laid_ends_the_start(tmp_path: Path) -> None:
    console = Console(tmp_path / "run.log")
    dies = [sys.executable, "-c", "raise SystemExit(3)"]
    supervisor = Supervisor([Role("web", dies)], console)
    supervisor.start(only_first=True)

    while not supervisor.glance():
        pass

    assert supervisor.failed
    assert "web could not start: it ended with exit code 3" in (tmp_path / "run.log").read_text()
    supervisor.stop()
    console.close()


def test_commands_run_one_after_the_other_and_one_that_fails_says_why(var: Path) -> None:
    with CommandRun(lambda: False) as run:
        first = run.start()
        run.begin("shell --no-imports --command=print('here')")
        run.wait_for_next()
        run.begin("no_such_command")

        with pytest.raises(StepFailed, match="Unknown command: 'no_such_command'"):
            run.wait_for_next()

    assert first.poll() is not None
    assert "here\n" in (var / "log/prepare.log").read_text()


def test_a_command_that_waits_is_left_when_somebody_stops_the_start(var: Path) -> None:
    with CommandRun(lambda: True) as run:
        run.begin("check")

        with pytest.raises(Stopped):
            run.wait_for_next()
        loading = run.start()

    assert loading.poll() is not None
