"""Addresses: wiring only."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from reading import api, crawlers, pictures, sitemaps
from reading import views as reading
from review.desk import editor
from running import views as running

# The names that the markdownx widget asks for; its own views are open to everybody.
markdownx = [
    path("markdownify/", editor.preview_text, name="markdownx_markdownify"),
    path("upload/", editor.upload_picture, name="markdownx_upload"),
]

handler500 = api.server_error

urlpatterns = [
    path("", reading.choose_language),
    path("healthz", running.healthz, name="healthz"),
    path("readyz", running.readyz, name="readyz"),
    path("metrics", running.prometheus, name="metrics"),
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
    path("sitemap-<slug:name>-<int:number>.xml", sitemaps.part, name="sitemap-part"),
    path("robots.txt", crawlers.robots, name="robots"),
    path(".well-known/security.txt", crawlers.security, name="security"),
    path("api/v1/", include("reading.api_urls")),
    path("sw.js", reading.service_worker),
    path("admin/password_reset/", include("review.desk.forgotten")),
    path("admin/passkeys/", include("review.desk.passkeys")),
    path("admin/", admin.site.urls),
    path("markdownx/", include(markdownx)),
    path("media/<path:path>", pictures.picture),
    *i18n_patterns(
        path("", include("topics.urls")),
        path("", include("faq.urls")),
        path("", include("glossary.urls")),
        path("", include("evidence.urls")),
        path("", include("reading.urls")),
    ),
]
