from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProductConfig(AppConfig):
    """What we learn: problems, requests, releases; articles to come."""

    name = "product"
    verbose_name = _("Product")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say how problems and releases are counted for their dashboard."""
        from desk.dashboards import serve
        from product.dashboards.board import LOOP

        serve(LOOP)
