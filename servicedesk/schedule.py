"""What beat rings, how often. Each finds rows that are due; two beats do no harm (docs/jobs.md)."""

SCHEDULE = {
    "due-sweep": {
        "task": "tickets.tasks.sweep_due",
        "schedule": 1.0,
        "options": {"expires": 2},
    },
    "outbox-sweep": {
        "task": "tickets.tasks.drain_outbox",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "mail-sweep": {
        "task": "tickets.tasks.work_mails",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "mailboxes-sweep": {
        "task": "tickets.tasks.poll_mailboxes",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "opening-sweep": {
        "task": "tickets.tasks.sweep_openings",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "queue-pruning": {
        "task": "tickets.tasks.sweep_settled",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "session-pruning": {
        "task": "tickets.tasks.sweep_sessions",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "asks-sweep": {
        "task": "tickets.tasks.sweep_asks",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "terms-renewal": {
        "task": "tickets.tasks.sweep_terms",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "releases-sweep": {
        "task": "product.tasks.sweep_releases",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "callbacks-sweep": {
        "task": "followups.tasks.sweep_callbacks",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "visits-sweep": {
        "task": "followups.tasks.sweep_visits",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "reports-sweep": {
        "task": "followups.tasks.sweep_reports",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "triage-sweep": {
        "task": "product.tasks.sweep_triage",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "dashboards-sweep": {
        "task": "servicedesk.tasks.sweep_dashboards",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
}
