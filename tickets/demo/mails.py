"""Mails of the demo: who wrote what to whom, so long before it is built."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class DemoMail:
    """A mail to a customer's address, or to nobody's (`customer` empty).

    With a `story` (its key) it answers the last word of ours in that ticket, as who asked it, with
    that quoted. `is_forged`: no relay vouches for it. `is_away`: a program answers for them.
    """

    ago: timedelta
    text: str
    customer: str = ""
    story: str = ""
    writer: str = ""
    subject: str = ""
    copies: tuple[str, ...] = ()
    is_forged: bool = False
    is_away: bool = False


@dataclass(frozen=True)
class DemoBounce:
    """The last mail about a story's ticket to who asked it comes back, and why."""

    customer: str
    story: str
    ago: timedelta
    status: str
    diagnostic: str


def _ago(days: float = 0, hours: float = 0, minutes: float = 0) -> timedelta:
    return timedelta(days=days, hours=hours, minutes=minutes)


MAILS = (
    DemoMail(
        ago=_ago(days=3, hours=4, minutes=29),
        customer="harbor",
        story="cost-centre-tree-export",
        is_away=True,
        text="Thank you for your message. I am at our Antwerp office without a laptop until"
        " Thursday. For month-end questions please ask Jonas Peeters.",
    ),
    DemoMail(
        ago=_ago(hours=19),
        customer="harbor",
        story="sso-certificate",
        copies=("joost.devries@harbor.example", "security@harbor-it.example"),
        text="Hello Ada,\n\nsecurity has signed off, we can swap the certificate on Thursday at"
        " 18:00. I copy our security team, they want to be told when it is done.\n\n"
        "One more thing, while I write: two colleagues in the new warehouse need an account. Shall"
        " I send the names here?\n\nTim",
    ),
    DemoMail(
        ago=_ago(hours=7, minutes=30),
        customer="nordlys",
        story="bi-connector-odata",
        is_forged=True,
        text="Hi Ada,\n\nwe use Qlik, and once a day is enough. Could you send the password for the"
        " nightly file to this address?\n\nLars",
    ),
    DemoMail(
        ago=_ago(hours=6, minutes=10),
        writer="王敏 <wangmin_caiwu@163.com>",
        subject="咨询：系统能不能对接用友？",
        text="您好，\n\n朋友公司在用你们的系统，推荐给我们。我们是做医疗器械经销的，约 60 人，"
        "现在用用友 U8。想了解一下能不能对接，以及大概的费用。\n\n"
        "方便的话请加微信或者回邮件都可以，谢谢。\n\n王敏",
    ),
    DemoMail(
        ago=_ago(hours=5, minutes=20),
        writer="小何 <284466123.yf@qq.com>",
        subject="月底库存报表打不开",
        text="老师好！我是远帆电子仓库的小何，公司邮箱登不上去，先用自己的 QQ 邮箱发。\n\n"
        "月底库存报表一点就转圈，等了十分钟也没出来。今天下班前要交，急！",
    ),
    DemoMail(
        ago=_ago(hours=4, minutes=45),
        writer="Sabine Krüger <s.krueger@elbkontor-spedition.example>",
        subject="Your colleague said you could help us with DATEV",
        text="Good afternoon,\n\nwe met your consultant at the logistics fair in Hamburg. Could"
        " somebody tell us whether the DATEV export also works with two tax advisers?\n\n"
        "Kind regards\nSabine Krüger",
    ),
    DemoMail(
        ago=_ago(hours=3, minutes=40),
        customer="harbor",
        writer="Joost de Vries <joost.devries@harbor.example>",
        subject="URGENT: new bank account for carrier payments",
        is_forged=True,
        text="Please change the account for today's carrier payments to the one below and confirm"
        " by return. I am in a meeting, do not call.\n\nJ. de Vries",
    ),
    DemoMail(
        ago=_ago(hours=2, minutes=30),
        customer="yuanfan",
        writer="赵磊 <zhao.lei@huaxin-parts.example>",
        subject="对账单里的退货单号",
        text="您好，我是华欣零部件的赵磊，远帆电子的邓丽让我直接联系你们。\n\n"
        "退货单 TH-2231 我们这边显示已经签收，请帮忙核对一下，签收单可以发给你们。",
    ),
    DemoMail(
        ago=_ago(hours=1, minutes=15),
        customer="hamburg",
        writer="Lea Hoffmann <lea.hoffmann@hamburg.example>",
        subject="Pallet labels for the Sunday shift",
        copies=("bjorn.petersen@hamburg.example",),
        text="Hello,\n\non Sunday three temps work the night shift. Can they print pallet labels"
        " without seeing prices? If so, please tell us what to tick.\n\nLea",
    ),
    DemoMail(
        ago=_ago(minutes=25),
        customer="lanshan",
        story="approval-two-totals",
        text="林老师，您好：\n\n周总确认了，请完全锁定：审批中谁都不能再改金额。\n\n"
        "另外想请教：分公司的审批额度能不能也按这个办法设？我们下周开会要定。\n\n谢谢！",
    ),
)

BOUNCES = (
    DemoBounce(
        "hamburg",
        "datev-export-accounts",
        _ago(days=3, hours=2, minutes=59),
        "5.1.1",
        "smtp; 550 5.1.1 <bjorn.petersen@hamburg.example>: Recipient rejected: user unknown",
    ),
)
