"""The database engine: django-tenants' search path, with a login that follows the zone."""
