"""Addresses of the reading app, below the language. A page's own slug comes last."""

from django.urls import path

from . import corrections, feedback, feeds, handouts, sharing, versions, views
from .search import views as search

app_name = "reading"
urlpatterns = [
    path("", views.home, name="home"),
    path("help/", views.contacts, name="contacts"),
    path("search/", search.page, name="search"),
    path("search/part/", search.part, name="search-part"),
    path("feed.atom", feeds.feed, name="feed"),
    path("share/site.png", sharing.share_site, name="share-site"),
    path("share/<slug:kind>/<slug:slug>.png", sharing.share, name="share"),
    path("advisors/", views.advisors, name="advisors"),
    path("advisors/<slug:slug>/", views.advisor, name="advisor"),
    path("guides/<slug:slug>/guide.pdf", handouts.guide, name="guide_pdf"),
    path("guides/<slug:guide>/<slug:slug>/topic.pdf", handouts.topic, name="topic_pdf"),
    path("ask/questions.pdf", handouts.questions, name="questions_pdf"),
    path("glossary/glossary.pdf", handouts.glossary, name="glossary_pdf"),
    path("corrections/", corrections.log, name="corrections"),
    path("changes/<str:item_type>/<slug:key>/", corrections.history, name="history"),
    path("changes/<str:item_type>/<slug:key>/<int:pk>/", corrections.changes, name="changes"),
    path("v/<int:pk>/", versions.version, name="version"),
    path("feedback/<int:pk>/", feedback.mistake, name="feedback"),
    path("feedback/<int:pk>/unclear/", feedback.unclear, name="unclear"),
    path("feedback/<int:pk>/thanks/", feedback.thanks, name="thanks"),
    path("<slug:slug>/", views.page, name="page"),
]
