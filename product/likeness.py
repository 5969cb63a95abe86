"""How alike texts are, and which of them belong together: plain values, no Django.

A text is a bag: how often each of its words occurs, those of its subject counted three times. Words
weigh by how rare they are (tf-idf); two texts are as alike as the cosine of their weights, from 0
to 1. Words of which nobody else has one make a text less like all others, as they should: most of a
title that two texts share may be what all such titles have.

The figures stand against pairs checked by hand (`tests/drills/test_grouping.py`): of 4,326 Chinese
complaints and 2,164 titles of faults.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain

SUBJECT = 3.0
"""How often a word of the subject counts; 2 found less of what belongs together, 4 no more."""

COMMON = 0.05
"""A word that more than this share of all texts have says nothing."""

FEW = 10
"""Unless it is in no more texts than that: of a handful, all may be about the same."""

FEWEST = 1000
"""Of fewer texts than that a word's rarity is reckoned as if they were so many."""

MOST = 120
"""Words of a text that count, the weightiest: all of them took twice as long for 4,326."""

ALIKE = 0.33
"""From here on two texts are proposed as one matter."""

JOINED = 0.6
"""A text joins a group when it is on average this share of ALIKE like all in it."""

_LEAST = 0.1

Bag = Mapping[str, float]
Pair = tuple[int, int]


def bag(subject: Mapping[str, int], body: Mapping[str, int]) -> dict[str, float]:
    """The words of a text with how much they count in it."""
    counted = {word: SUBJECT * math.log1p(times) for word, times in subject.items()}
    for word, times in body.items():
        counted[word] = counted.get(word, 0.0) + math.log1p(times)
    return counted


def weighed(
    bags: Sequence[Bag], *, found_in: Mapping[str, int] | None = None, of: int = 0
) -> list[dict[str, float]]:
    """Each bag as a vector of length 1 over its weightiest words.

    `found_in` and `of`: in how many of how many texts a word is found, where that is known better
    than from the bags themselves.
    """
    total = max(of, len(bags), FEWEST)
    known = found_in or Counter(chain.from_iterable(bags))
    most = max(FEW, total * COMMON)
    rarity = {word: math.log((total + 1) / times) for word, times in known.items() if times <= most}
    return [_unit(one, rarity, default=math.log(total + 1)) for one in bags]


def _unit(one: Bag, rarity: Mapping[str, float], *, default: float) -> dict[str, float]:
    weights = {word: times * rarity[word] for word, times in one.items() if word in rarity}
    kept = sorted(weights.items(), key=lambda word: -word[1])[:MOST]
    length = math.sqrt(sum(weight * weight for _word, weight in kept)) or default
    return {word: weight / length for word, weight in kept}


def likeness(one: Bag, other: Bag) -> float:
    """How alike two vectors are, 0 to 1."""
    fewer, more = sorted((one, other), key=len)
    return sum(weight * more[word] for word, weight in fewer.items() if word in more)


def alike(vectors: Sequence[Bag]) -> dict[Pair, float]:
    """Pairs (lower place first) that are alike at all, and how much."""
    holders: dict[str, list[tuple[int, float]]] = defaultdict(list)
    found: dict[Pair, float] = {}
    for place, vector in enumerate(vectors):
        sums: dict[int, float] = defaultdict(float)
        for word, weight in vector.items():
            for other, theirs in holders[word]:
                sums[other] += weight * theirs
            holders[word].append((place, weight))
        found |= {(other, place): value for other, value in sums.items() if value >= _LEAST}
    return found


def groups(count: int, pairs: Mapping[Pair, float]) -> list[int]:
    """For each of `count` texts the number of its group, from 1; 0 when it is alone.

    The likest come together first; then one joins, or two groups become one, when their members
    are alike on average: so a chain of near likenesses makes no group.
    """
    of = list(range(count))
    members = {place: [place] for place in range(count)}
    near = sorted(((value, pair) for pair, value in pairs.items() if value >= ALIKE), reverse=True)
    for _value, (one, other) in near:
        first, second = of[one], of[other]
        if first == second:
            continue
        if _average(members[first], members[second], pairs) < ALIKE * JOINED:
            continue
        if len(members[first]) < len(members[second]):
            first, second = second, first
        for place in members[second]:
            of[place] = first
        members[first] += members.pop(second)
    together = [place for place, found in members.items() if len(found) > 1]
    numbers = {place: number for number, place in enumerate(sorted(together), start=1)}
    return [numbers.get(of[place], 0) for place in range(count)]


def _average(first: list[int], second: list[int], pairs: Mapping[Pair, float]) -> float:
    total = sum(pairs.get((min(a, b), max(a, b)), 0.0) for a in first for b in second)
    return total / (len(first) * len(second))
