"""What is asked where nobody set up anything: after a ticket, and every three months."""

from datetime import UTC, datetime
from typing import Any

from django.db import migrations

OWNER, DECIDES, EXECUTES, USES = "owner", "decision_maker", "executor", "user"

CSAT = {"kind": "csat", "lowest": 1, "highest": 5, "low_at": 2}
CES = {"kind": "ces", "lowest": 1, "highest": 7, "low_at": 2}
NPS = {"kind": "nps", "lowest": 0, "highest": 10, "low_at": 6}
TEXT = {"kind": "text"}

QUESTIONNAIRES: dict[
    tuple[str, str, str], list[tuple[str, dict[str, Any], str, str, list[str]]]
] = {
    ("after-ticket", "After a ticket", "工单回访"): [
        ("service", CSAT, "How satisfied are you with how we helped?",
         "您对我们这次的服务满意吗？", []),
        ("effort", CES, "How easy was it to get this solved?", "解决这个问题对您来说容易吗？", []),
        ("words", TEXT, "What should we do better?", "您希望我们在哪些方面改进？", []),
    ],
    ("quarterly", "Every three months", "季度回访"): [
        ("service", CSAT, "How satisfied are you with our service?", "您对我们的服务满意吗？",
         [OWNER, EXECUTES, USES]),
        ("product", CSAT, "How satisfied are you with the product?", "您对我们的产品满意吗？",
         [OWNER, EXECUTES, USES]),
        ("nps", NPS, "How likely are you to recommend us to a colleague?",
         "您有多大可能把我们推荐给同行？", [OWNER, DECIDES]),
        ("words", TEXT, "What should we do better?", "您希望我们在哪些方面改进？", []),
    ],
}  # fmt: skip

PLANS = {
    "after-ticket": {"name": "After a ticket", "name_zh": "工单回访", "kind": "resolved"},
    "quarterly": {"name": "Every three months", "name_zh": "季度回访", "kind": "periodic"},
}

CAUSES = [
    ("We answered too late", "响应不及时"),
    ("The answer did not solve it", "答复没有解决问题"),
    ("The product failed", "产品故障"),
    ("Something is missing in the product", "产品缺少功能"),
    ("They were not shown how", "培训不到位"),
    ("A promise was broken", "承诺没有兑现"),
    ("Price or contract", "价格或合同"),
    ("A misunderstanding", "误会"),
]

TOPICS = [
    ("Speed of our answers", "响应速度", ["slow", "late", "wait", "慢", "迟", "等了", "没人回"]),
    (
        "Faults",
        "故障",
        ["error", "crash", "bug", "broken", "fail", "报错", "崩溃", "故障", "打不开"],
    ),
    ("Ease of use", "易用性", ["confus", "complicated", "hard to", "复杂", "难用", "看不懂"]),
    ("Missing features", "缺少功能", ["missing", "feature", "can't", "没有这个", "不支持", "缺少"]),
    ("Training", "培训", ["training", "manual", "documentation", "培训", "手册", "文档"]),
    ("Performance", "性能", ["performance", "loading", "timeout", "卡", "加载", "超时"]),
    ("Manners", "态度", ["rude", "unfriendly", "ignored", "态度", "敷衍", "不理"]),
    ("Price", "价格", ["price", "expensive", "invoice", "价格", "贵", "发票"]),
]


def lay(apps: Any, schema_editor: Any) -> None:
    get = apps.get_model
    now = datetime.now(UTC)
    for (key, name, name_zh), questions in QUESTIONNAIRES.items():
        asked = get("desk", "Questionnaire").objects.create(
            key=key, name=name, name_zh=name_zh, created_at=now
        )
        for place, (code, scale, text_en, text_zh, roles) in enumerate(questions):
            get("desk", "Question").objects.create(
                questionnaire=asked, key=code, position=place, text_en=text_en, text_zh=text_zh,
                roles=roles, is_about_product=code == "product", **scale,
            )  # fmt: skip
        get("desk", "CallbackPlan").objects.create(
            questionnaire=asked, created_at=now, **PLANS[key]
        )
    for place, (name, name_zh) in enumerate(CAUSES):
        get("desk", "RescueCause").objects.create(name=name, name_zh=name_zh, position=place)
    for name, name_zh, words in TOPICS:
        get("desk", "Topic").objects.create(name=name, name_zh=name_zh, words=words)


class Migration(migrations.Migration):
    dependencies = [("desk", "0021_callback_functions")]

    operations = [migrations.RunPython(lay, migrations.RunPython.noop)]
