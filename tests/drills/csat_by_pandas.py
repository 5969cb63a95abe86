"""Counts rated rows with pandas, knowing nothing of the product: JSON on standard output.

Run in an environment of its own (requirements/drill.txt): ``csat_by_pandas.py csat FILE TOPICS`` or
``… comments FILE TOPICS``; TOPICS is JSON, a topic's name to its words.
"""

import json
import re
import sys
from typing import Any

import pandas

Figures = dict[str, Any]


def told(scores: Any) -> Figures:
    """Figures of some scores."""
    return {
        "n": len(scores),
        "mean": float(scores.mean()),
        "share": float((scores >= 4).mean()),
        "counts": {str(value): int(many) for value, many in scores.value_counts().items()},
    }


def by(frame: Any, column: str) -> Figures:
    """n and mean of each name."""
    groups = frame.groupby(column)["score"].agg(["count", "mean"])
    return {name: [int(row["count"]), float(row["mean"])] for name, row in groups.iterrows()}


def _stands(word: str, text: str) -> bool:
    """Whether a word is there; one of Latin letters where a word begins."""
    before = r"(?<![a-z])" if "a" <= word[0] <= "z" else ""
    return re.search(before + re.escape(word), text) is not None


def topics(frame: Any, words_of: dict[str, list[str]]) -> Figures:
    """Answers and low ones that hold a topic's words."""
    said = frame["words"].str.lower()
    found = {}
    for name, words in words_of.items():
        held = [any(_stands(word.lower(), text) for word in words) for text in said]
        of_it = frame[held]
        found[name] = [len(of_it), int((of_it["score"] <= 2).sum())]
    return found


def csat(path: str, words_of: dict[str, list[str]]) -> Figures:
    """The rated contacts: August in its two halves."""
    frame = pandas.read_csv(path, keep_default_na=False, dtype=str)
    form = "%d/%m/%Y %H:%M"
    reported = pandas.to_datetime(frame["Issue_reported at"], format=form)
    responded = pandas.to_datetime(frame["issue_responded"], format=form)
    frame = frame.assign(score=frame["CSAT Score"].astype(int), words=frame["Customer Remarks"])
    good = frame[responded >= reported]
    halves = good["Survey_response_Date"].str[:2].astype(int) > 15
    early, late = good[~halves], good[halves]
    return {
        "refused": int((responded < reported).sum()),
        "halves": [told(early["score"]), told(late["score"])],
        "agents": by(late, "Agent_name"),
        "teams": by(late, "Supervisor"),
        "topics": topics(late, words_of),
    }


def comments(path: str, words_of: dict[str, list[str]]) -> Figures:
    """Comments that are rated good or bad."""
    frame = pandas.read_csv(path, keep_default_na=False, dtype=str)
    scores = frame["label"].map({"0": 1, "1": 5})
    frame = frame.assign(score=scores, words=frame["review"])
    return {"all": told(scores), "topics": topics(frame, words_of)}


if __name__ == "__main__":
    WHAT, FILE, TOPICS = sys.argv[1:]
    print(json.dumps({"csat": csat, "comments": comments}[WHAT](FILE, json.loads(TOPICS))))
