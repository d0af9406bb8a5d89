"""The admin site: its first screen is the desk, in the language that the person chose."""

import logging
from functools import wraps

from django.contrib import admin
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from .. import sessions, tasks
from ..models import Preference
from ..notices import telling
from . import (
    as_you_type,
    board,
    compare,
    exchange,
    gather,
    home,
    mailing,
    own,
    presence,
    rechecks,
    safety,
    scorecard,
    signing_in,
    timeline,
    welcome,
)

logger = logging.getLogger("review.desk")


class DeskSite(admin.AdminSite):
    site_header = site_title = "crcsite"
    index_title = _("The desk")
    index_template = "admin/review/desk.html"
    login_form = signing_in.SignInForm

    def index(self, request, extra_context=None):
        return super().index(
            request, {**home.context(request.user, request.GET), **(extra_context or {})}
        )

    def admin_view(self, view, cacheable=False):
        """Every page of the admin speaks the language that the person chose for it; after every
        one that changed something, those whom it concerns are told."""

        @wraps(view)
        def speaking(request, *args, **kwargs):
            if not sessions.go_on(request):
                logout(request)
                return redirect("admin:login")
            _speak(request.user)
            response = view(request, *args, **kwargs)
            if request.method == "POST":
                _tell_after(response)
            return response

        return super().admin_view(speaking, cacheable)

    def has_permission(self, request):
        """Django's, and the second factor of whoever has or needs one."""
        return super().has_permission(request) and signing_in.settled(request)

    def login(self, request, extra_context=None):
        """The password; whoever has given it already goes on to the second step."""
        known = super().has_permission(request)
        if known and not signing_in.settled(request):
            return redirect(signing_in.next_step(request))
        response = super().login(request, extra_context)
        if not known and super().has_permission(request):
            signing_in.begin(request)
        return response

    def logout(self, request, extra_context=None):
        account = request.user.pk
        response = super().logout(request, extra_context)
        signing_in.logger.info("signed out", extra={"account": account})
        response["Clear-Site-Data"] = '"cache"'  # not the storage: a text may wait there, unsent
        return response

    def history(self, request, item_type, key):
        return timeline.history(request, self, item_type, key)

    def each_context(self, request):
        """``me`` is the advisor who looks, if one does: the header leads to her own pages."""
        me = getattr(request.user, "advisor", None)
        return {**super().each_context(request), "me": me}

    def board(self, request):
        return board.page(request, self)

    def take(self, request):
        return exchange.take(request, self)

    def parked(self, request):
        return exchange.parked(request, self)

    def board_urls(self):
        view = self.admin_view
        return [
            path("review/board/", view(require_GET(self.board)), name="review_board"),
            path("review/board.csv", view(require_GET(board.download)), name="review_board_csv"),
            path("review/board/export/", view(require_POST(exchange.export)), name="review_export"),
            path("review/board/terms/", view(require_GET(exchange.terms)), name="review_terms"),
            path("review/board/import/", view(self.take), name="review_import"),
            path("review/board/parked/", view(self.parked), name="review_parked"),
            path("review/board/item/", view(require_GET(exchange.place)), name="review_place"),
        ]

    def get_urls(self):
        """The pages of the desk that belong to no model, before those that do."""
        view = self.admin_view
        return [
            path("review/presence/", view(presence.here), name="review_presence"),
            path("review/check/", view(as_you_type.check), name="review_check"),
            path(
                "review/history/<str:item_type>/<slug:key>/",
                view(require_GET(self.history)),
                name="review_history",
            ),
            path("review/details/", view(own.details), name="review_details"),
            path("review/second/", signing_in.second, name="review_second"),
            path("review/safety/", safety.mine, name="review_safety"),
            path("review/safety/<int:pk>/", view(safety.theirs), name="review_safety_of"),
            path("review/absences/", view(own.my_absences), name="review_absences"),
            path(
                "review/scorecard/<str:item_type>/<slug:key>/",
                view(require_http_methods(["GET", "HEAD", "POST"])(scorecard.page)),
                name="review_scorecard",
            ),
            path("review/recheck/", view(rechecks.ask), name="review_recheck"),
            # For somebody who has no account yet.
            path("review/welcome/<str:token>/", welcome.welcome, name="review_welcome"),
            path("review/preference/", view(mailing.preference), name="review_preference"),
            path("review/link/<str:token>/", self.open_link, name="review_link"),
            path(
                "review/link/<int:pk>/revoke/",
                view(mailing.revoke_link),
                name="review_link_revoke",
            ),
            path(
                "review/gather/<str:item_type>/<slug:key>/", view(gather.page), name="review_gather"
            ),
            path(
                "review/compare/<int:old>/<int:new>/",
                view(require_GET(compare.compare)),
                name="review_compare",
            ),
            *self.board_urls(),
            *super().get_urls(),
        ]

    def open_link(self, request, token):
        """Whoever follows a link from a mail may not be signed in yet."""
        _speak(request.user)
        return mailing.follow_link(request, token)


def _speak(user):
    if user.is_authenticated:
        chosen = Preference.objects.filter(user=user).exclude(language="").first()
        if chosen:
            translation.activate(chosen.language)


def _tell_after(response):
    """Tell when the answer has been sent: nobody waits for a mail server at a page. The decision is
    stored by then; what fails here is made up for by the next run."""
    close = response.close

    def tell_and_close():
        try:
            if telling.behind():
                tasks.tell.enqueue()
        except Exception:
            logger.exception("Nobody was told by mail; the next run does it.")
        finally:
            close()

    response.close = tell_and_close
