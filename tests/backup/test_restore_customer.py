"""Initech is lost and comes back as it was, hash by hash; a wrong archive is told."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent, User
from customers.archive import Archive, DamagedArchive, Draft, Hashed
from customers.inside import schema_of
from customers.models import Customer, Domain
from customers.operations import backing_up, laying, restoring
from customers.operations.alone import SomebodyElseRestores
from customers.operations.backing_up import BackedUp, back_up, folder_of
from customers.operations.copying import Table, copy_out
from customers.operations.dropping import drop
from customers.operations.planning import plan
from customers.operations.restoring import ArchiveTooNew, restore
from customers.store import BackupFolder, kept
from desk.models import OutboxItem, QueueItem
from servicedesk import zones
from tests.backup.conftest import lay_initech
from tests.cast import NINE, make_contact_of_then, make_ticket, minutes
from tests.living import Live
from tickets.models import Attachment, Contact, ContactSession, Entry, SignInCode, Ticket
from tickets.operations import verifying
from tickets.operations.storing import path_of

pytestmark = pytest.mark.real_logins


def run(command: str, *options: str) -> str:
    said = StringIO()
    call_command(command, *options, stdout=said)
    return said.getvalue()


def manifest(made: BackedUp, of: BackupFolder) -> dict[str, Any]:
    with kept(name=made.name, of=of) as file:
        return Archive(file).manifest


def hashes(made: BackedUp, of: BackupFolder) -> dict[str, Any]:
    """What must be equal between two backups of the same."""
    found = manifest(made, of)
    return {
        name: found[name] for name in ("tables", "sequences", "files", "migrations", "customer")
    }


def test_a_dropped_customer_comes_back_hash_by_hash(
    live: Live, initech: Customer, backups: BackupFolder
) -> None:
    before = back_up(customer=initech, now=NINE, to=backups)
    drop(customer=initech, now=NINE)
    assert not Customer.objects.filter(code="initech").exists()
    assert not folder_of(initech).exists()

    with kept(name=before.name, of=backups) as file:
        back = restore(file=file, now=NINE)

    after = back_up(customer=back.customer, now=NINE + minutes(1), to=backups)
    assert hashes(after, backups) == hashes(before, backups)
    assert back.said == ()
    events = AuditEvent.objects.filter(customer_code="initech").order_by("seq")
    assert [(one.action, one.changes) for one in events][-2:] == [
        ("dropped", {"backup": [None, before.name]}),
        ("restored", {"backup": [None, NINE.isoformat()]}),
    ]


def test_whatever_opens_doors_stays_behind(
    live: Live, initech: Customer, backups: BackupFolder
) -> None:
    with schema_of(initech):
        ina = Contact.objects.get()
        ContactSession.objects.create(
            session_key="a" * 32, session_data="", expire_date=timezone.now()
        )
        SignInCode.objects.create(contact=ina, created_at=NINE, expires_at=NINE)

    found = manifest(back_up(customer=initech, now=NINE, to=backups), backups)

    kept_tables = {table["name"]: table["rows"] for table in found["tables"]}
    assert kept_tables["tickets_ticket"] == 3
    assert kept_tables["desk_queueitem"] == 3
    assert not {"tickets_contactsession", "tickets_signincode", "tickets_limit"} & set(kept_tables)
    assert kept_tables["desk_outboxitem"] == 0
    assert OutboxItem.objects.filter(customer=initech, kind="sign_in_code").exists()
    assert found["names"]["accounts_user"] == {
        str(initech.consultant_id): ["ada@desk.test", "Ada Lind"]
    }


def test_a_backup_is_of_one_moment_whatever_is_written_meanwhile(
    live: Live, initech: Customer, backups: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []

    def copy_and_write(*, table: Table, to: Hashed) -> None:
        copy_out(table=table, to=to)
        copied.append(table.name)
        if table.name in ("customers_customer", "tickets_counter"):
            _ask_by_another_connection(live, initech)

    monkeypatch.setattr(backing_up, "copy_out", copy_and_write)
    made = back_up(customer=initech, now=NINE, to=backups)
    with schema_of(initech):
        assert Ticket.objects.count() == 5
    drop(customer=initech, now=NINE)

    assert "hash by hash" in run("restore_customer", made.name)

    assert copied.index("tickets_counter") < copied.index("tickets_ticket")
    with schema_of(initech):
        assert Ticket.objects.count() == 3
        assert verifying.verify(customer=initech, now=NINE) == []


def _ask_by_another_connection(live: Live, customer: Customer) -> None:
    with closing(live.superuser()) as raw, raw.cursor() as cursor:
        cursor.execute(f"SET search_path = {customer.schema_name}, public")
        cursor.execute(
            "WITH t AS (INSERT INTO tickets_ticket"
            " (subject, kind, state, channel, requester_id, opened_at, updated_at)"
            " SELECT 'Meanwhile', 'question', 'new', 'portal', min(id), now(), now()"
            " FROM tickets_contact RETURNING id, requester_id)"
            " INSERT INTO tickets_entry (ticket_id, kind, author_kind, author_name, contact_id,"
            " body, written_at) SELECT id, 'question', 'contact', 'Ina', requester_id, 'x', now()"
            " FROM t"
        )


def test_after_a_restore_life_goes_on(live: Live, initech: Customer, backups: BackupFolder) -> None:
    made = back_up(customer=initech, now=NINE, to=backups)
    drop(customer=initech, now=NINE)
    with closing(live.superuser()) as raw, raw.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE customers_customer_id_seq RESTART WITH 1")

    said = run("restore_customer", made.name)

    assert "Initech is back" in said
    assert "hash by hash" in said
    with schema_of(initech):
        assert make_ticket().number == 4
        assert Contact.objects.get().name == "Ina\tIversen \\ 王"
        assert Attachment.objects.count() == 2
        assert path_of(Attachment.objects.get(filename="a.txt").name).read_bytes() == b"one"
    with closing(live.connect(f"c{initech.pk}")) as login, login.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tickets_ticket")
        assert cursor.fetchone() == (4,)
    zones.use(zones.OWNER)
    assert lay_initech(tickets=0, code="later").pk > initech.pk


def test_a_customer_who_is_there_is_only_replaced_when_that_is_said(
    live: Live, initech: Customer, backups: BackupFolder
) -> None:
    before = back_up(customer=initech, now=NINE, to=backups)
    with schema_of(initech):
        make_ticket(subject="Written after the backup")
    stray = folder_of(initech) / ("f" * 32)
    stray.write_bytes(b"of a file after the backup")

    with pytest.raises(CommandError, match="is there; --replace it"):
        run("restore_customer", before.name)
    with schema_of(initech):
        assert Ticket.objects.count() == 4

    run("restore_customer", before.name, "--replace")
    after = back_up(customer=initech, now=NINE + minutes(1), to=backups)
    assert hashes(after, backups) == hashes(before, backups)
    assert not stray.exists()


def test_an_older_archive_is_migrated_to_the_head(
    live: Live, backups: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = plan()[:2]
    with monkeypatch.context() as long_ago:
        long_ago.setattr(laying, "plan", lambda: first)
        long_ago.setattr(laying, "grant_customer", lambda _customer: None)
        old = laying.lay(code="initech", name="Initech", now=NINE - minutes(1))
    with schema_of(old):
        make_ticket(requester=make_contact_of_then(name="Ina", email="ina@initech.test"))
    assert old.migrated_to == "tickets/0002_triggers"
    made = back_up(customer=old, now=NINE, to=backups)
    drop(customer=old, now=NINE)

    with kept(name=made.name, of=backups) as file:
        back = restore(file=file, now=NINE)

    assert not laying.is_behind(Customer.objects.get(pk=old.pk).migrated_to)
    assert laying.lagging() == []
    with schema_of(back.customer):
        assert make_ticket().number == 2


def test_a_restore_that_fails_has_done_nothing(
    live: Live, initech: Customer, backups: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(customer=initech, now=NINE, to=backups)
    drop(customer=initech, now=NINE)

    def out_of_memory(**_facts: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(restoring, "migrate", out_of_memory)
    with pytest.raises(MemoryError), kept(name=made.name, of=backups) as file:
        restore(file=file, now=NINE)

    assert not Customer.objects.filter(pk=initech.pk).exists()
    assert not QueueItem.objects.filter(customer_id=initech.pk).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s)", [initech.schema_name])
        assert cursor.fetchone() == (None,)


def test_of_two_restores_at_once_the_second_is_refused_and_harms_nothing(
    live: Live, initech: Customer, backups: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(customer=initech, now=NINE, to=backups)
    drop(customer=initech, now=NINE)
    refused: list[BaseException | None] = []

    def somebody_else() -> None:
        zones.use(zones.OWNER)
        try:
            with kept(name=made.name, of=backups) as file:
                restore(file=file, now=NINE)
        finally:
            connection.close()

    def migrate_while_another_tries(**facts: Any) -> None:
        with ThreadPoolExecutor(1) as other:
            refused.append(other.submit(somebody_else).exception(timeout=30))
        laying.migrate(**facts)

    monkeypatch.setattr(restoring, "migrate", migrate_while_another_tries)
    with kept(name=made.name, of=backups) as file:
        back = restore(file=file, now=NINE)

    assert [type(one) for one in refused] == [SomebodyElseRestores]
    with schema_of(back.customer):
        for one in Attachment.objects.all():
            assert path_of(one.name).is_file()
        assert verifying.verify(customer=back.customer, now=NINE) == []


def test_who_drops_while_another_restores_is_told(
    live: Live, initech: Customer, backups: BackupFolder
) -> None:
    with closing(live.connect("owner")) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7301121, %s)", [initech.pk])
        with pytest.raises(CommandError, match="somebody else is restoring or dropping"):
            run("drop_customer", "initech", "--yes-really", "--without-backup")
        assert Customer.objects.filter(pk=initech.pk).exists()
        cursor.execute("SELECT pg_advisory_unlock(7301121, %s)", [initech.pk])

    run("drop_customer", "initech", "--yes-really", "--without-backup")


def test_a_file_that_comes_while_the_customer_is_replaced_stays(
    live: Live, initech: Customer, backups: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(customer=initech, now=NINE, to=backups)
    meanwhile = folder_of(initech) / ("e" * 32)
    before = folder_of(initech) / ("f" * 32)
    before.write_bytes(b"there before")

    def migrate_and_upload(**facts: Any) -> None:
        laying.migrate(**facts)
        meanwhile.write_bytes(b"uploaded meanwhile")

    monkeypatch.setattr(restoring, "migrate", migrate_and_upload)
    run("restore_customer", made.name, "--replace")

    assert meanwhile.read_bytes() == b"uploaded meanwhile"
    assert not before.exists()


def test_a_file_that_is_missing_is_told_by_verify(
    live: Live, initech: Customer, backups: BackupFolder
) -> None:
    with schema_of(initech):
        lost = Attachment.objects.get(filename="a.txt")
        number = lost.entry.ticket.number
        path_of(lost.name).unlink()

        (found,) = verifying.verify(customer=initech, now=NINE)

    assert (found.customer, found.number, found.is_projection) == ("initech", number, False)
    assert found.what == "1 attached files are missing on the disk"


def test_pointers_to_whoever_left_are_emptied_and_said_but_never_in_the_trail(
    live: Live, initech: Customer, backups: BackupFolder
) -> None:
    ada = User.objects.get(email="ada@desk.test")
    made = back_up(customer=initech, now=NINE, to=backups)
    drop(customer=initech, now=NINE)
    User.objects.filter(pk=ada.pk).update(email="other@desk.test", name="Somebody Else")

    said = run("restore_customer", made.name)

    assert "customers_customer.consultant_id points to nobody, emptied: 1" in said
    assert "desk_queueitem.owner_id points to nobody, emptied: 3" in said
    assert "tickets_handling.owner_id: 3 emptied" in said
    assert Customer.objects.get(pk=initech.pk).consultant_id is None
    assert not QueueItem.objects.filter(customer=initech, owner__isnull=False).exists()
    with schema_of(initech):
        reply = Entry.objects.filter(kind="reply").first()
        assert reply is not None
        assert (reply.staff_id, reply.author_name) == (ada.pk, "Ada Lind")
        assert list(verifying._rows(verifying.CHAIN_DIFFERENCES, {})) == []


# --- What is wrong is told ----------------------------------------------------------------------


def tampered(
    made: BackedUp, of: BackupFolder, change: Callable[[dict[str, Any], dict[str, bytes]], None]
) -> io.BytesIO:
    """The archive with its manifest or members changed, and sealed again as if nothing was."""
    with ZipFile(of.path(made.name)) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    said = json.loads(members.pop("manifest.json"))
    change(said, members)
    file = io.BytesIO()
    draft = Draft(file)
    for name, content in members.items():
        with draft.member(name) as member:
            member.write(content)
    draft.finish(said)
    return file


def lose_a_row(_said: dict[str, Any], members: dict[str, bytes]) -> None:
    members["customer/tickets_entry"] = members["customer/tickets_entry"].partition(b"\n")[2]


def lose_a_file(said: dict[str, Any], members: dict[str, bytes]) -> None:
    del members[f"files/{said['files'][0]['name']}"]


def change_a_file(said: dict[str, Any], members: dict[str, bytes]) -> None:
    members[f"files/{said['files'][0]['name']}"] = b"another"


def escape(said: dict[str, Any], members: dict[str, bytes]) -> None:
    members["files/../../etc"] = members.pop(f"files/{said['files'][0]['name']}")
    said["files"][0]["name"] = "../../etc"


def forget_a_table(said: dict[str, Any], _members: dict[str, bytes]) -> None:
    said["tables"] = [table for table in said["tables"] if table["name"] != "tickets_note"]


def forget_a_table_wholly(said: dict[str, Any], members: dict[str, bytes]) -> None:
    forget_a_table(said, members)
    del members["customer/tickets_note"]


def forget_a_public_table(said: dict[str, Any], members: dict[str, bytes]) -> None:
    said["tables"] = [table for table in said["tables"] if table["name"] != "desk_queueitem"]
    del members["public/desk_queueitem"]


def forget_the_customer(said: dict[str, Any], members: dict[str, bytes]) -> None:
    said["migrations"]["public"].pop()
    said["tables"] = [table for table in said["tables"] if table["name"] != "customers_customer"]
    del members["public/customers_customer"]


def come_from_the_future(said: dict[str, Any], _members: dict[str, bytes]) -> None:
    said["migrations"]["customer"].append("tickets/9999_later")


def come_from_a_later_public(said: dict[str, Any], _members: dict[str, bytes]) -> None:
    said["migrations"]["public"].append("desk/9999_later")


def have_a_later_format(said: dict[str, Any], _members: dict[str, bytes]) -> None:
    said["format"] = 2


WRONG = {
    lose_a_row: DamagedArchive,
    lose_a_file: DamagedArchive,
    change_a_file: DamagedArchive,
    escape: DamagedArchive,
    forget_a_table: DamagedArchive,
    forget_a_table_wholly: DamagedArchive,
    forget_a_public_table: DamagedArchive,
    forget_the_customer: DamagedArchive,
    come_from_the_future: ArchiveTooNew,
    come_from_a_later_public: ArchiveTooNew,
    have_a_later_format: ArchiveTooNew,
}


def test_an_archive_that_is_not_right_is_refused_and_nothing_is_done(
    live: Live, initech: Customer, backups: BackupFolder
) -> None:
    made = back_up(customer=initech, now=NINE, to=backups)
    drop(customer=initech, now=NINE)

    for change, problem in WRONG.items():
        with pytest.raises(problem):
            restore(file=tampered(made, backups, change), now=NINE)
        assert not Customer.objects.filter(pk=initech.pk).exists(), change.__name__
        assert not folder_of(initech).exists(), change.__name__


def test_a_byte_flipped_anywhere_is_told(
    live: Live, initech: Customer, backups: BackupFolder
) -> None:
    made = back_up(customer=initech, now=NINE, to=backups)
    whole = Path(backups.path(made.name)).read_bytes()
    Archive(io.BytesIO(whole))

    places = {0, 30, len(whole) - 1, len(whole) - 70, *range(11, len(whole), len(whole) // 60)}
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        with pytest.raises(DamagedArchive):
            Archive(io.BytesIO(damaged))
    for cut in (0, 50, 64, 1000, len(whole) - 1):
        with pytest.raises(DamagedArchive):
            Archive(io.BytesIO(whole[:cut]))


def test_sabotage_a_restore_with_its_triggers_awake_is_told(
    live: Live, initech: Customer, backups: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(customer=initech, now=NINE, to=backups)
    drop(customer=initech, now=NINE)
    monkeypatch.setattr(restoring, "triggers", lambda **_facts: None)

    with pytest.raises(CommandError, match="came out otherwise"):
        run("restore_customer", made.name)

    assert not Customer.objects.filter(pk=initech.pk).exists()


def test_another_customer_in_its_place_is_told(
    live: Live, initech: Customer, backups: BackupFolder
) -> None:
    made = back_up(customer=initech, now=NINE, to=backups)
    drop(customer=initech, now=NINE)
    other = lay_initech(tickets=0, code="other")

    Domain.objects.filter(customer=other).update(host="initech.localhost")
    with pytest.raises(
        CommandError, match=r"its place is taken: customers_domain: Key .host.=.initech"
    ):
        run("restore_customer", made.name)

    Domain.objects.filter(customer=other).delete()
    Customer.objects.filter(pk=other.pk).update(code="initech")
    with pytest.raises(CommandError, match="its place is taken: customer initech has number"):
        run("restore_customer", made.name)
