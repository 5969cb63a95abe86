"""What a person needs once everything runs: addresses and the demo's logins."""

import json
from typing import Any

from servicedesk import env
from servicedesk.running.console import Console


def text(console: Console, *, seconds: float) -> str:
    """Some lines for the terminal, made from var/demo.json where there is a demo."""
    lines = ["", console.bold(f"Servicedesk runs ({seconds:.1f} s).") + " Ctrl-C stops it.", ""]
    try:
        demo: dict[str, Any] = json.loads((env.VAR / "demo.json").read_text())
    except (OSError, ValueError):
        lines.append(f"  Desk  http://desk.localhost:{env.port()}/")
        return "\n".join([*lines, ""])
    return "\n".join([*lines, *_desk(console, demo["desk"]), *_portals(console, demo)])


def _desk(console: Console, desk: dict[str, Any]) -> list[str]:
    staff = desk["staff"]
    width = max(len(person["email"]) for person in staff)
    return [
        f"  {console.bold('Desk')}   {desk['url']}/",
        f"  {console.bold('Admin')}  {desk['admin_url']}/",
        *(
            f"    {person['email']:<{width}}  {person['password']}  "
            f"{person['name']}, {person['role'].replace('_', ' ')}"
            for person in staff
        ),
        "",
    ]


def _portals(console: Console, demo: dict[str, Any]) -> list[str]:
    lines = [
        f"  {console.bold('Portals')}  people sign in with a code that is mailed to them; "
        f"all mail of the demo is at {demo['desk']['url']}/mailbox/"
    ]
    for customer in demo["customers"]:
        people = ", ".join(
            f"{person['email']} ({person['role'].replace('_', ' ')})"
            for person in customer["contacts"][:2]
        )
        lines.append(f"    {customer['url']}/  {customer['name']}: {people}")
    return [*lines, "", "  Log: var/log/run.log   All logins: var/demo.json", ""]
