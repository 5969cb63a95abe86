"""The demo's customers on their way: one is set up, one is trained, one renews."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from accounts.models import Team, User
from accounts.operations.auditing import By
from customers.models import Customer, Plan, ToDo
from customers.operations import draft
from customers.operations.staging import begin, enter
from customers.operations.ticking import add_to_do, leave_out, tick
from tickets.operations.opening_groups import name_first_people

STAGE = Customer.Stage


class Coming(NamedTuple):
    """A customer that is not live yet: what is agreed, and how many days it was in each stage."""

    code: str
    name: str
    language: str
    time_zone: str
    colour: str
    plan: str
    team: str
    region: str
    industry: str
    is_vip: bool
    stages: tuple[tuple[str, int], ...]
    done: int


COMING = (
    Coming(
        code="brightside", name="Brightside Clinics", language="en", time_zone="Europe/Dublin",
        colour="#7a3692", plan="business", team="Europe desk", region="Western Europe",
        industry="Health care", is_vip=False, done=2,
        stages=((STAGE.PROSPECT, 31), (STAGE.IMPLEMENTING, 19)),
    ),
    Coming(
        code="qingyun", name="青云文旅", language="zh-hans", time_zone="Asia/Shanghai",
        colour="#b3452c", plan="premier", team="Asia desk", region="华东", industry="文化旅游",
        is_vip=True, done=3,
        stages=((STAGE.PROSPECT, 64), (STAGE.IMPLEMENTING, 47), (STAGE.TRAINING, 13)),
    ),
)  # fmt: skip
PEOPLE = {
    "qingyun": [
        {"name": "秦雪", "email": "qin.xue@qingyun.example", "role": "owner",
         "language": "zh-hans"},
        {"name": "罗毅", "email": "luo.yi@qingyun.example", "role": "executor",
         "language": "zh-hans"},
    ]
}  # fmt: skip
RENEWS = "nordlys"
KNOWN = "Known from their former desk · 沿用原系统资料"


def build_onboarding(*, now: datetime) -> None:
    """Draft them and lead them as far as they are, in the past; the demo's people are there."""
    carl = User.objects.get(name="Carl Sommer")
    for one in COMING:
        _lead(one, carl, now)
    renews = Customer.objects.get(code=RENEWS)
    enter(customer=renews, stage=STAGE.RENEWING, by=By(carl), now=now - timedelta(days=9))
    first = next(_open(renews))
    tick(to_do=first, by=By(carl), now=now - timedelta(days=2))


def _lead(one: Coming, carl: User, now: datetime) -> None:
    (stage, ago), *later = one.stages
    customer = draft(
        code=one.code, name=one.name, now=now - timedelta(days=ago), stage=stage,
        language=one.language, time_zone=one.time_zone, brand_colour=one.colour,
        plan=Plan.objects.get(code=one.plan), team=Team.objects.get(name=one.team),
        region=one.region, industry=one.industry, is_vip=one.is_vip, consultant=carl,
    )  # fmt: skip
    begin(customer=customer, by=By(carl), now=now - timedelta(days=ago))
    for stage, ago in later:
        then = now - timedelta(days=ago)
        for line in list(_open(customer)):
            tick(to_do=line, by=By(carl), now=then)
        enter(customer=customer, stage=stage, by=By(carl), now=then)
    for line in list(_open(customer))[: one.done]:
        tick(to_do=line, by=By(carl), now=now - timedelta(days=3))
    if people := PEOPLE.get(one.code):
        name_first_people(customer=customer, people=people, by=By(carl), now=now)
        return
    last = next(iter(_open(customer)))
    leave_out(to_do=last, words=KNOWN, by=By(carl), now=now - timedelta(days=1))
    add_to_do(
        customer=customer, name="Order tablets for the front desks", name_zh="为前台订购平板",
        by=By(carl), now=now, due_on=(now + timedelta(days=4)).date(),
    )  # fmt: skip


def _open(customer: Customer) -> Iterator[ToDo]:
    lines = ToDo.objects.filter(customer=customer).open().select_related("customer")
    return iter(lines.order_by("since", "position", "pk"))
