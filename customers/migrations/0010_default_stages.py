"""What is to be done in each stage, and how often a VIP is visited, where nobody set up anything."""

from typing import Any

from django.db import migrations

TASKS = {
    "prospect": [
        ("Know who decides and who will use it", "弄清谁拍板、谁使用", 7, True),
        ("Write down what they want to achieve", "记录客户想要达成的目标", 7, True),
        ("Agree on plan and start", "确认方案与启动时间", 14, True),
    ],
    "implementing": [
        ("Kick-off with the responsible person", "与负责人召开启动会", 5, True),
        ("Set up the product for their business", "按客户业务完成系统配置", 20, True),
        ("Take over their data", "完成历史数据导入", 25, False),
        ("Have the set-up accepted", "客户验收配置", 30, True),
    ],
    "training": [
        ("Train those who administer it", "管理员培训", 7, True),
        ("Train those who use it", "最终用户培训", 10, True),
        ("Hand over manuals and videos", "交付手册与视频", 10, False),
        ("Name the key people with their roles", "登记关键人及其角色", 12, True),
        ("End the training with the responsible person", "与负责人确认培训结束", 14, True),
    ],
    "live": [
        ("Call after the first week", "上线首周回访电话", 7, True),
        ("Review the first month with them", "首月使用复盘", 30, True),
        ("Go through the first service report with them", "讲解首份服务报告", 40, False),
    ],
    "renewing": [
        ("Show what the year brought them", "汇报本年度服务成果", 14, True),
        ("Ask what must get better", "征求改进意见", 14, False),
        ("Agree on the renewal", "确认续约", 30, True),
    ],
    "left": [
        ("Ask why they leave", "了解离开原因", 7, True),
        ("Hand over their data", "交付客户数据", 14, True),
        ("Close the group", "关闭客户群", 30, True),
    ],
}

RHYTHMS = [
    ("VIP: visit every three months", "visit", 90),
    ("VIP: call every month", "call", 30),
]


def lay(apps: Any, schema_editor: Any) -> None:
    task, rhythm = (apps.get_model("customers", name) for name in ("StageTask", "Rhythm"))
    for stage, lines in TASKS.items():
        for position, (name, name_zh, days, is_required) in enumerate(lines):
            task.objects.create(
                stage=stage, position=position, name=name, name_zh=name_zh, days=days,
                is_required=is_required,
            )  # fmt: skip
    for name, kind, every in RHYTHMS:
        rhythm.objects.create(name=name, kind=kind, every_days=every)


class Migration(migrations.Migration):
    dependencies = [("customers", "0009_stages")]

    operations = [migrations.RunPython(lay, migrations.RunPython.noop)]
