"""Readers' pages hang on no cookie and set none: the two of Django's middleware that could."""

from django.conf import settings
from django.contrib.sessions import middleware as sessions
from django.middleware import locale


class SessionMiddleware(sessions.SessionMiddleware):
    """Sets and deletes the cookie only where a view asked for the session. Django also deletes one
    that is no session's, on whatever page it comes along."""

    def process_response(self, request, response):
        if not request.session.accessed:
            return response
        return super().process_response(request, response)


class LocaleMiddleware(locale.LocaleMiddleware):
    """The address decides the language, else the browser's wish. Nothing here sets the cookie that
    Django would ask before that: no answer depends on it."""

    def process_request(self, request):
        request.COOKIES.pop(settings.LANGUAGE_COOKIE_NAME, None)
        super().process_request(request)

    def process_response(self, request, response):
        found = super().process_response(request, response)
        if found is not response:  # the way to the same address below a language
            found["Vary"] = "Accept-Language"
        return found
