"""What the verbs of problems and releases refuse, as problems of the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from accounts.api.problems import Errors, Problem, wrong_field
from product.models import Release
from product.operations.problems import BadKey, KeyTaken
from product.operations.publishing import NoNotes


@contextmanager
def key_refusals() -> Iterator[None]:
    """Turn what a key is refused for into problems: 400 with the field, or 409."""
    try:
        yield
    except BadKey as problem:
        words = _("A key is letters, digits, dots, dashes and underscores, 40 at most.")
        raise wrong_field("key", words) from problem
    except KeyTaken as problem:
        words = _("This key is taken. Choose another one, or go on with the one that has it.")
        raise Problem(409, "key-taken", words) from problem


@contextmanager
def mute_refusals(release: Release) -> Iterator[None]:
    """Turn going live without a word into a 422 with the field, and where the words are written."""
    try:
        yield
    except NoNotes as problem:
        said = _("Write them in one language at least, on its page at the desk: %(page)s")
        errors = [{"field": "notes", "detail": said % {"page": f"/releases/{release.key}/"}}]
        words = _("This release has no notes: there is nothing to tell. See the errors.")
        raise Problem(422, "no-notes", words, errors=errors) from problem


def nothing_there(errors: Errors) -> Problem:
    """A 422: the request names what is not there, or what this person does not serve."""
    words = _("This names what is not there for this token. See the errors for each field.")
    return Problem(422, "nothing-there", words, errors=errors)
