"""Each value that is signed, derived or made up is replayed where it is not good: nobody comes in.

Each is taken where it is good, too, so that it is the place that counts.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from accounts.models import User
from accounts.operations.auditing import By
from accounts.operations.handing_over import hand_over
from accounts.policy import Role
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, customer_zone
from followups import links
from followups.links import FEED, NOTICE
from followups.models import Feed, Notice
from product.models import Release, ReleaseCustomer
from servicedesk import zones
from tests.cast import make_ticket, minutes
from tests.inbound.coming import come, written
from tests.isolation.callers import (
    Cookies,
    bearer,
    contacts_session,
    contacts_token,
    host_of,
    staffs_session,
    staffs_token,
)
from tests.isolation.canaries import canary
from tests.isolation.requests import CSRF, Answer
from tests.isolation.signed import KINDS, NEVER_ASKED_FOR, makers
from tests.isolation.stages import NAME, Stage, nia
from tickets.codes import digits
from tickets.mail import addresses
from tickets.models import Contact, SignInCode
from tickets.operations.looking_in import look_in

DESK_HOST, ADMIN_HOST = settings.DESK_HOST, settings.ADMIN_HOST
TICKETS = "/api/v1/tickets/"


def test_every_maker_of_such_values_is_named() -> None:
    named = {path for paths in KINDS.values() for path in paths}
    assert makers() <= named | set(NEVER_ASKED_FOR)
    assert all((settings.BASE_DIR / path).is_file() for path in named | set(NEVER_ASKED_FOR))


def _post(stage: Stage, host: str, path: str, form: dict[str, Any], **how: Any) -> Answer:
    return stage.server.ask(host, path, method="POST", body=urlencode(form).encode(), **how)


def _session_in(answer: Answer) -> bool:
    """Whether the answer signs somebody in."""
    return any(
        name == "Set-Cookie"
        and re.match(rf" ?{settings.SESSION_COOKIE_NAME}=[a-z0-9]{{32}}", value)
        for name, value in answer.headers
    )


def _let_in(stage: Stage, host: str, cookies: Cookies) -> bool:
    page = {DESK_HOST: "/me/security/", ADMIN_HOST: "/start/"}.get(host, "/")
    return stage.server.ask(host, page, cookies=cookies).status == 200


def test_a_sessions_cookie_is_good_at_its_own_door_only(
    stage: Stage, olga: Contact, eve: Contact, mei: User
) -> None:
    hosts = {host_of(stage.acme), host_of(stage.globex), DESK_HOST, ADMIN_HOST}
    for cookies, good in (
        (contacts_session(olga, stage.acme), {host_of(stage.acme)}),
        (contacts_session(eve, stage.globex), {host_of(stage.globex)}),
        (staffs_session(mei), {DESK_HOST, ADMIN_HOST}),
    ):
        assert {host for host in hosts if _let_in(stage, host, cookies)} == good


def _code(customer: Customer, contact: Contact, like: SignInCode | None = None) -> SignInCode:
    """A fresh code; with the id of another customer's, if one is given."""
    zones.use(customer_zone(customer.pk))
    now = timezone.now()
    facts = {"pk": like.pk} if like else {}
    with schema_of(customer):
        code = SignInCode.objects.create(
            contact=contact, created_at=now, expires_at=now + minutes(10), **facts
        )
    zones.use(zones.OWNER)
    return code


def test_a_code_signs_in_at_its_own_portal_only(stage: Stage, olga: Contact, eve: Contact) -> None:
    eves = _code(stage.globex, eve)
    typed = {"id": eves.pk, "code": digits(schema=str(stage.globex.schema_name), code_id=eves.pk)}
    path = "/sign-in/code/"

    elsewhere = _post(stage, host_of(stage.acme), path, typed)
    _code(stage.acme, olga, like=eves)  # the same id, by chance
    by_chance = _post(stage, host_of(stage.acme), path, typed)
    assert [(one.status, _session_in(one)) for one in (elsewhere, by_chance)] == [(422, False)] * 2

    at_home = _post(stage, host_of(stage.globex), path, typed)
    again = _post(stage, host_of(stage.globex), path, typed)
    assert (at_home.status, _session_in(at_home)) == (302, True)
    assert (again.status, _session_in(again)) == (422, False)


def test_a_token_is_good_at_its_own_host_only(
    stage: Stage, olga: Contact, eve: Contact, ada: User
) -> None:
    asked = [(host_of(stage.acme), TICKETS), (host_of(stage.globex), TICKETS),
             (DESK_HOST, "/api/v1/queue/")]  # fmt: skip
    for token, good in (
        (contacts_token(olga, stage.acme), [200, 401, 401]),
        (contacts_token(eve, stage.globex), [401, 200, 401]),
        (staffs_token(ada), [401, 401, 200]),
    ):
        answers = [stage.server.ask(host, path, headers=bearer(token)) for host, path in asked]
        assert [one.status for one in answers] == good


def test_the_place_of_a_page_is_good_in_its_own_list_only(
    stage: Stage, olga: Contact, eve: Contact, ada: User
) -> None:
    zones.use(DESK)
    with schema_of(stage.globex):
        Contact.objects.filter(pk=eve.pk).update(role=Contact.Role.OWNER)
    home, other = host_of(stage.globex), host_of(stage.acme)
    eves, olgas = (bearer(contacts_token(eve, stage.globex)),
                   bearer(contacts_token(olga, stage.acme)))  # fmt: skip
    first = json.loads(stage.server.ask(home, f"{TICKETS}?limit=1", headers=eves).body)
    path = f"{TICKETS}?{urlencode({'cursor': first['next']})}"

    assert stage.server.ask(home, path, headers=eves).status == 200
    assert stage.server.ask(other, path, headers=olgas).status == 400
    queue = f"/api/v1/queue/?{urlencode({'cursor': first['next']})}"
    assert stage.server.ask(DESK_HOST, queue, headers=bearer(staffs_token(ada))).status == 400


def test_a_place_in_the_queue_shows_nobody_more_than_they_serve(stage: Stage, ada: User) -> None:
    """It says where, never whose: each sees from there what they serve."""
    hers, his = bearer(staffs_token(ada)), bearer(staffs_token(nia()))
    path = "/api/v1/queue/?limit=1"
    seen = b""
    while path:
        page = stage.server.ask(DESK_HOST, path, headers=hers)
        other = stage.server.ask(DESK_HOST, path.replace("limit=1", "limit=200"), headers=his)
        assert other.status == 200
        assert not other.tells(canary(stage.globex))
        seen, following = seen + page.body, json.loads(page.body)["next"]
        path = following and f"/api/v1/queue/?limit=1&{urlencode({'cursor': following})}"
    assert canary(stage.globex).encode() in seen


def test_a_crossing_is_good_once_at_the_admin_for_whom_it_was_made(
    stage: Stage, mei: User, carl: User
) -> None:
    zones.use(DESK)
    now = timezone.now()
    meis, secret = hand_over(user=mei, now=now)
    carls, _ = hand_over(user=carl, now=now)
    nobodys, weak = hand_over(user=nia(Role.AGENT), now=now)
    origin = {"Origin": f"http://{DESK_HOST}:{settings.PUBLIC_PORT}"}
    zones.use(zones.OWNER)

    def cross(host: str, row: Any, word: str, headers: dict[str, str]) -> tuple[int, bool]:
        form = {"hand_over": row.pk, "secret": word}
        answer = _post(stage, host, "/hand-over/", form, headers=headers)
        return answer.status, _session_in(answer)

    assert cross(ADMIN_HOST, carls, secret, origin) == (403, False)
    assert cross(ADMIN_HOST, meis, secret, {}) == (403, False)
    assert cross(ADMIN_HOST, nobodys, weak, origin) == (403, False)
    for host in (host_of(stage.acme), DESK_HOST):
        assert not cross(host, meis, secret, origin)[1]
    assert cross(ADMIN_HOST, meis, secret, origin) == (302, True)
    assert cross(ADMIN_HOST, meis, secret, origin) == (403, False)


def test_a_crossing_to_a_portal_is_good_once_there_for_whom_and_as_whom_it_was_made(
    stage: Stage, mei: User, carl: User
) -> None:
    zones.use(DESK)
    looks: dict[str, tuple[Any, str]] = {}
    for customer, email, by in (
        (stage.acme, "uma", mei), (stage.acme, "ed", carl), (stage.globex, "eve", mei)
    ):  # fmt: skip
        with schema_of(customer):
            contact = Contact.objects.get(email=f"{email}@{customer.code}.test")
            looks[email] = look_in(
                customer=customer, contact=contact, by=By(by), reason="x", now=timezone.now()
            )
    zones.use(zones.OWNER)
    origin = {"Origin": f"http://{ADMIN_HOST}:{settings.PUBLIC_PORT}"}

    def cross(host: str, row: Any, word: str, headers: dict[str, str]) -> tuple[int, bool]:
        form = {"viewing": row.pk, "secret": word}
        answer = _post(stage, host, "/viewing/", form, headers=headers)
        return answer.status, _session_in(answer)

    (umas, secret), (eds, _eds), (eves, hers) = looks["uma"], looks["ed"], looks["eve"]
    acme = host_of(stage.acme)
    assert cross(acme, eds, secret, origin) == (403, False)
    assert cross(acme, umas, secret, {}) == (403, False)
    assert cross(acme, eves, hers, origin) == (403, False)
    for host in (host_of(stage.globex), DESK_HOST, ADMIN_HOST):
        assert not cross(host, umas, secret, origin)[1]
    assert cross(acme, umas, secret, origin) == (302, True)
    assert cross(acme, umas, secret, origin) == (403, False)


def test_a_link_to_set_a_password_is_good_for_its_person_only(
    stage: Stage, ada: User, carl: User
) -> None:
    secret = default_token_generator.make_token(ada)

    def opens(host: str, user: User) -> bool:
        who = urlsafe_base64_encode(str(user.pk).encode())
        answer = stage.server.ask(host, f"/password/{who}/{secret}/")
        return answer.status == 200 and b'name="new_password1"' in answer.body

    assert opens(DESK_HOST, ada)
    assert not opens(DESK_HOST, carl)
    assert not any(opens(host, ada) for host in (ADMIN_HOST, host_of(stage.acme)))


def test_a_files_name_is_good_for_whoever_may_read_its_ticket(
    stage: Stage, olga: Contact, eve: Contact, ada: User
) -> None:
    words, north = stage.target.words, nia()
    at_home = f"/files/{words['name']}/"
    here = f"/at/globex/tickets/{words['number']}/files/"
    beside = f"/at/acme/tickets/{stage.home.words['number']}/files/"
    names = (words["name"], words["internal"])
    olgas, eves = contacts_session(olga, stage.acme), contacts_session(eve, stage.globex)

    assert stage.server.ask(host_of(stage.globex), at_home, cookies=eves).tells(
        canary(stage.globex)
    )
    for path in (here + name + "/" for name in names):
        assert stage.server.ask(DESK_HOST, path, cookies=staffs_session(ada)).status == 200
        assert stage.server.ask(DESK_HOST, path, cookies=staffs_session(north)).status == 404
    for cookies, path in (
        *((olgas, f"/files/{name}/{query}") for name in names for query in ("", "?thumb=1")),
        ({}, at_home),
    ):
        for host in (host_of(stage.acme), host_of(stage.globex)):
            answer = stage.server.ask(host, path, cookies=cookies)
            assert answer.status in (302, 404)
            assert not answer.tells(canary(stage.globex))
    for path in (beside + name + "/" for name in names):
        for person in (ada, north):
            assert stage.server.ask(DESK_HOST, path, cookies=staffs_session(person)).status == 404


def test_a_key_of_idempotency_answers_its_own_caller_only(
    stage: Stage, olga: Contact, eve: Contact, ada: User
) -> None:
    body = json.dumps({"subject": "Same", "body": "words", "kind": "question"}).encode()

    def send(host: str, path: str, token: str) -> tuple[int, bool, Any]:
        answer = stage.server.ask(
            host, path, method="POST", body=body, content_type="application/json",
            headers=bearer(token) | {"Idempotency-Key": "one"},
        )  # fmt: skip
        replayed = any(name == "Idempotency-Replayed" for name, _ in answer.headers)
        return answer.status, replayed, json.loads(answer.body).get("number")

    eves, olgas = contacts_token(eve, stage.globex), contacts_token(olga, stage.acme)
    made = send(host_of(stage.globex), TICKETS, eves)
    other = send(host_of(stage.acme), TICKETS, olgas)
    assert send(host_of(stage.globex), TICKETS, eves) == (201, True, made[2])
    assert (made[:2], other[:2]) == ((201, False), (201, False))
    assert other[2] < made[2]

    path = f"/api/v1/customers/acme/tickets/{stage.home.words['number']}/notes/"
    adas, others = staffs_token(ada), staffs_token(nia())
    assert [send(DESK_HOST, path, one)[:2] for one in (adas, others, adas)] == [
        (201, False), (201, False), (201, True),
    ]  # fmt: skip


def _news_for(contact: Contact, customer: Customer, release: Release, row: UUID) -> Notice:
    """A notice and a feed whose secret and id another customer has too, by chance."""
    now = timezone.now()
    with schema_of(customer):
        Feed.objects.create(pk=row, contact=contact, created_at=now)
        return Notice.objects.create(
            pk=900_000, release=release, contact=contact, secret=row, by_mail=False, told_at=now,
            expires_at=now + minutes(10),
        )  # fmt: skip


def test_links_to_a_notice_and_a_feed_are_good_at_their_own_portal_only(
    stage: Stage, olga: Contact, eve: Contact
) -> None:
    now, word, row = timezone.now(), canary(stage.globex), UUID(int=1)
    release = Release.objects.create(
        key="own", name=word, state="live", live_at=now, created_at=now
    )
    ReleaseCustomer.objects.create(release=release, customer=stage.globex)
    _news_for(eve, stage.globex, release, row)
    olgas = _news_for(olga, stage.acme, release, row)
    home, other = host_of(stage.globex), host_of(stage.acme)
    said = {
        purpose: links.token(schema=str(stage.globex.schema_name), purpose=purpose, row=row)
        for purpose in (NOTICE, FEED)
    }

    for path in (f"/notices/900000/{said[NOTICE]}/", f"/news/feed/{row}/{said[FEED]}.atom"):
        at_home, elsewhere = (stage.server.ask(host, path) for host in (home, other))
        assert (at_home.status, at_home.tells(word)) == (200, True)
        assert (elsewhere.status, elsewhere.tells(word)) == (404, False)
    for path in (f"/notices/900000/{said[FEED]}/", f"/news/feed/{row}/{said[NOTICE]}.atom"):
        assert stage.server.ask(home, path).status == 404
    answered = _post(stage, other, f"/notices/900000/{said[NOTICE]}/", {"say": "works"})
    zones.use(zones.OWNER)
    with schema_of(stage.acme):
        olgas.refresh_from_db()
    assert (answered.status, olgas.answer) == (404, "")


def test_where_answers_go_is_good_at_its_own_ticket_only(
    stage: Stage, olga: Contact, eve: Contact
) -> None:
    zones.use(DESK)
    tickets = {}
    for customer, contact in ((stage.acme, olga), (stage.globex, eve)):
        with schema_of(customer):
            tickets[customer] = make_ticket(requester=contact)
    home, other = (
        addresses.answer_address(customer=customer, ticket=tickets[customer])
        for customer in (stage.globex, stage.acme)
    )
    number, token = tickets[stage.acme].number, home.partition("-")[2]
    replayed = f"{stage.acme.code}+{number}-{token}"
    thread = addresses.thread_id(customer_id=stage.globex.pk, ticket_id=tickets[stage.globex].pk)

    def put(to: str, *lines: str) -> tuple[str, str]:
        sender = f"Olga <{olga.email}>"
        mail = come(written(*lines, sender=sender, proven=olga.email.partition("@")[2]), to=to)
        return mail.outcome, mail.reason

    assert put(replayed) == put(stage.acme.code, f"References: {thread}") == ("opened", "new")
    assert put(other) == ("added", "token")
    assert put(stage.acme.code, f"X-Servicedesk: {'f' * 32}") == ("opened", "new")
    own = f"X-Servicedesk: {addresses.own_mark()}"
    assert put(stage.acme.code, own) == ("refused", "own_mail")
    zones.use(zones.OWNER)


def test_a_form_of_another_browser_is_refused(stage: Stage, olga: Contact) -> None:
    path, host = "/tickets/new/", host_of(stage.acme)
    form = {"subject": "x", "body": "x", "kind": "question"}
    mine = contacts_session(olga, stage.acme)
    foreign = {settings.CSRF_COOKIE_NAME: "d" * len(CSRF)}

    assert _post(stage, host, path, form, cookies=mine | foreign).status == 403
    assert _post(stage, host, path, form, cookies=mine).status == 302


def test_globexs_name_is_told_at_its_own_portal_and_to_those_who_serve_it(
    stage: Stage, ada: User
) -> None:
    assert stage.server.ask(host_of(stage.globex), "/sign-in/").tells(NAME)
    assert stage.server.ask(DESK_HOST, "/customers/", cookies=staffs_session(ada)).tells(NAME)
