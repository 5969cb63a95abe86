"""The view that every address of the API is made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, cast

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts import tokens
from accounts.addresses import client_address
from accounts.api.describing import ApiSchema
from accounts.api.parsing import refuse_long
from accounts.api.problems import Problem, wrong_field
from accounts.limits import count_try
from accounts.models import (
    ApiToken,
    CountedLimit,
    HeldToken,
    Limit,
    Remembered,
    RememberedRequest,
    User,
)
from accounts.operations import second_step
from accounts.operations.tokens import note_use
from accounts.policy import Permission, may


class Bearer(BaseAuthentication):
    """Who asks is told by ``Authorization: Bearer <token>`` alone; a cookie tells nobody."""

    limits: ClassVar[type[CountedLimit]]

    def held(self, secret: str, now: datetime) -> tuple[Any, HeldToken] | None:
        """The person and the token, unless it is revoked, expired, or its person switched off."""
        raise NotImplementedError  # a door of each host says it

    def authenticate(self, request: Request) -> tuple[Any, HeldToken]:
        """Raise a 401 for no token or a wrong one, a 429 after too many wrong ones."""
        now = timezone.now()
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret:
            raise _unknown(_("Send a token: Authorization: Bearer sd_…"), "Bearer")
        found = self.held(secret, now) if tokens.is_formed(secret) else None
        if found is None:
            self._count_failure(request, now)
            raise _unknown(
                _("This token is unknown here, expired or revoked. Make a new one."),
                'Bearer error="invalid_token"',
            )
        return found

    def _count_failure(self, request: Request, now: datetime) -> None:
        """Only wrong tokens are counted: a right one from the same address is always let in."""
        count_try(
            self.limits,
            key=f"api-token:{client_address(request)}",
            allowance=tokens.FAILURES_PER_ADDRESS,
            now=now,
        )


class StaffBearer(Bearer):
    """Tokens of staff, valid on the desk's host."""

    limits = Limit

    def held(self, secret: str, now: datetime) -> tuple[User, ApiToken] | None:
        rows = ApiToken.objects.usable(now).select_related("user")
        token = rows.filter(digest=tokens.digest(secret), user__is_active=True).first()
        return (token.user, token) if token else None


class Door(APIView):
    """One address: a token that holds the method's scope, and a person who may do it.

    In this order: no such method 405, no token 401, too many requests 429, no scope or right 403.
    """

    http_method_names = ["get", "head", "post"]
    permission_classes = []
    schema = ApiSchema()
    scopes: ClassVar[Mapping[str, str]]
    """What each method needs, by its name in capitals."""
    limits: ClassVar[type[CountedLimit]] = Limit
    memory: ClassVar[type[RememberedRequest]] = Remembered

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.now = timezone.now()
        if (request.method or "").lower() not in self._answered():
            raise exceptions.MethodNotAllowed(request.method or "")
        super().initial(request, *args, **kwargs)
        token = cast(HeldToken, request.auth)
        self._speak(request)
        key = f"api:{token.pk}"
        count_try(self.limits, key=key, allowance=tokens.PER_TOKEN, now=self.now)
        note_use(token=token, now=self.now)
        self._check_right(request, token)
        refuse_long(request)

    def person(self) -> Any:
        """Whose token it is: somebody on staff, or a contact."""
        raise NotImplementedError  # a door of each host says it

    def holds_right(self, scope: str) -> bool:
        """Whether the token's person may do what the scope says, by now."""
        raise NotImplementedError  # a door of each host says it

    def sent(self, kind: type[Serializer[Any]]) -> dict[str, Any]:
        """What the request's body says, checked. Raises a 400 that names each wrong field."""
        form = kind(data=self.request.data)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def asked(self, kind: type[Serializer[Any]]) -> dict[str, Any]:
        """What the address asks for, checked; what there is none of, or twice, is refused, too."""
        form = kind(data=self.request.query_params.dict())
        for name, values in self.request.query_params.lists():
            if name not in form.fields:
                known = {"known": ", ".join(form.fields)}
                raise wrong_field(name, _("There is no such parameter, only: %(known)s.") % known)
            if len(values) > 1:
                raise wrong_field(name, _("Send this parameter once."))
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Content-Language", translation.get_language() or "en")
        return response

    def _answered(self) -> list[str]:
        return [name for name in self.http_method_names if hasattr(self, name)]

    def _speak(self, request: Request) -> None:
        """The language was chosen by Accept-Language; without one it is the person's."""
        if not request.headers.get("Accept-Language"):
            translation.activate(self.person().language)

    def _check_right(self, request: Request, token: HeldToken) -> None:
        method = "GET" if request.method == "HEAD" else request.method or ""
        scope = self.scopes[method]
        if scope not in token.scopes:
            words = _("This token has not the scope %(scope)s. Make one that has it.")
            raise Problem(403, "scope-missing", words % {"scope": scope}, scope=scope)
        if not self.holds_right(scope):
            words = _("Your role does not allow %(scope)s.")
            raise Problem(403, "right-missing", words % {"scope": scope}, scope=scope)


class StaffDoor(Door):
    """An address of the desk's API."""

    authentication_classes = [StaffBearer]

    def person(self) -> User:
        return self.request.user  # type: ignore[return-value]  # the token's, nobody anonymous

    def holds_right(self, scope: str) -> bool:
        return may(self.person(), Permission(scope))

    def _check_right(self, request: Request, token: HeldToken) -> None:
        """Whoever needs a second step and has none gets nowhere by a program either."""
        if second_step.is_lacking(user=self.person()):
            words = _("Your role needs a second step: set it up under Account security first.")
            raise Problem(403, "second-step-missing", words)
        super()._check_right(request, token)


def _unknown(words: str, challenge: str) -> Problem:
    return Problem(401, "token-needed", words, headers={"WWW-Authenticate": challenge})
