"""What a backup does with our people's tables, and with those of libraries that are about them."""

from accounts.kept import Goes, Line

TABLES = {
    "accounts_team": Line(Goes.OURS, "our teams", named_by=("name",)),
    "accounts_user": Line(Goes.OURS, "our people", named_by=("email", "name")),
    "accounts_user_teams": Line(Goes.OURS, "who is in which team"),
    "accounts_user_groups": Line(Goes.OURS, "Django's, unused"),
    "accounts_user_user_permissions": Line(Goes.OURS, "Django's, unused"),
    "accounts_auditevent": Line(Goes.OURS, "the audit log, with its chain"),
    "accounts_apitoken": Line(
        Goes.OURS, "hashes of 256 random bits open nothing to who reads them; scripts go on working"
    ),
    "accounts_remembered": Line(Goes.OURS, "a request sent again still does nothing"),
    "accounts_handover": Line(Goes.NOWHERE, "over after 30 seconds"),
    "accounts_limit": Line(Goes.NOWHERE, "counted tries, over within the hour"),
    "account_emailaddress": Line(Goes.OURS, "allauth's addresses of our people"),
    "account_emailconfirmation": Line(Goes.NOWHERE, "unused"),
    "mfa_authenticator": Line(
        Goes.OURS, "second factors: without them a password alone would do after a restore"
    ),
    "usersessions_usersession": Line(Goes.NOWHERE, "as django_session"),
    "django_session": Line(Goes.NOWHERE, "signed-in browsers: everybody signs in again"),
    "django_admin_log": Line(Goes.OURS, "Django's log of the admin"),
    "django_content_type": Line(Goes.OURS, "what django_admin_log points to"),
    "auth_permission": Line(Goes.OURS, "Django's, unused"),
    "auth_group": Line(Goes.OURS, "Django's, unused"),
    "auth_group_permissions": Line(Goes.OURS, "Django's, unused"),
    "django_migrations": Line(Goes.NOWHERE, "stands in the archive's own manifest"),
}
