"""Releases on the desk's host: planned and published, as by a vendor's build pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import StaffDoor
from accounts.api.once import once
from accounts.api.paging import PageParameters, page, place
from accounts.policy import Permission
from product.api import shapes, showing
from product.api.refusals import key_refusals, mute_refusals, nothing_there
from product.models import Problem, Release
from product.operations.publishing import go_live
from product.operations.releases import make_release


class Releases(StaffDoor):
    """The releases."""

    scopes = {"GET": Permission.SEE_PROBLEMS, "POST": Permission.PUBLISH_RELEASES}

    @extend_schema(
        operation_id="releases", parameters=[PageParameters], responses={200: shapes.ReleasePage}
    )
    def get(self, request: Request) -> Response:
        """Releases, newest first."""
        asked = self.asked(PageParameters)
        after, rows = place(asked.get("cursor"), of="releases"), Release.objects.order_by("-pk")
        if after is not None:
            rows = rows.filter(pk__lt=after[0])
        limit = asked["limit"]
        shown, following = page(
            list(rows[: limit + 1]), limit=limit, of="releases", place_of=lambda row: [row.pk]
        )
        return Response({"results": [showing.summary(row) for row in shown], "next": following})

    @extend_schema(
        operation_id="plan_release",
        request=shapes.NewReleaseShape,
        responses={201: shapes.ReleaseShape},
    )
    def post(self, request: Request) -> Response:
        """Plan a release under a key of your own; nobody hears of it before it goes live."""
        sent = self.sent(shapes.NewReleaseShape)
        response = once(self, work=lambda: self._plan(sent), show=_release)
        response["Location"] = f"/api/v1/releases/{response.data['key']}/"
        return response

    def _plan(self, sent: dict[str, Any]) -> int:
        notes = sent.get("notes", {})
        with key_refusals():
            release = make_release(
                key=sent["key"],
                name=sent["name"],
                version=sent["version"],
                notes_en=notes.get("en", ""),
                notes_zh=notes.get("zh_hans", ""),
                problems=_named(sent["problems"]),
                by=self.person(),
                now=self.now,
            )
        return release.pk


class OneRelease(StaffDoor):
    """One release."""

    scopes = {"GET": Permission.SEE_PROBLEMS}

    @extend_schema(operation_id="release", responses={200: shapes.ReleaseShape})
    def get(self, request: Request, key: str) -> Response:
        """The release with how far telling is; of one not live yet, whom it would reach."""
        return Response(showing.release(get_object_or_404(Release, key=key)))


class GoLive(StaffDoor):
    """That a release is live."""

    scopes = {"POST": Permission.PUBLISH_RELEASES}

    @extend_schema(operation_id="go_live", request=None, responses={201: shapes.ReleaseShape})
    def post(self, request: Request, key: str) -> Response:
        """Publish it: everybody who asked for what is in it is told, each once.

        Safe to repeat: again it tells those alone who asked, or were let in, since. One without
        notes in any language is refused; `notes_missing` says who gets the other language.
        """
        release = get_object_or_404(Release, key=key)
        return once(self, work=lambda: self._go_live(release), show=_release)

    def _go_live(self, release: Release) -> int:
        with mute_refusals(release):
            return go_live(release=release, by=self.person(), now=self.now).pk


def _named(keys: Sequence[str]) -> list[Problem]:
    """The problems with these keys, in their order. Raises a 422 that names those without one."""
    found = Problem.objects.select_related("merged_into").in_bulk(list(keys), field_name="key")
    missing = [(place, key) for place, key in enumerate(keys) if key not in found]
    if missing:
        words = _("There is no problem with the key “%(key)s”. Make it first.")
        raise nothing_there(
            [{"field": f"problems.{at}", "detail": words % {"key": key}} for at, key in missing]
        )
    return [found[key] for key in keys]


def _release(pk: int) -> dict[str, Any]:
    return showing.release(Release.objects.get(pk=pk))
