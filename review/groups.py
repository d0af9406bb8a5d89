"""The groups of people who work here, each with the least it needs."""

from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext as _

from . import languages
from .content import content_models
from .models import write_permission

EDITORS = "Editors"
ADVISORS = "Medical advisors"
_REPORTS = [("review", "view_report"), ("review", "change_report")]
_READ = [
    ("review", "view_revision"),
    ("review", "view_reviewrequest"),
    ("review", "view_release"),
    ("review", "view_signoff"),
]


def translators(language):
    """The name of the group that writes one language: "Translators (es)"."""
    return f"Translators ({language})"


def label(group):
    """A group's name in the reader's language."""
    known = {EDITORS: _("Editors"), ADVISORS: _("Medical advisors")}
    for code in languages.codes():
        named = _("Translators (%(language)s)") % {"language": languages.name(code)}
        known[translators(code)] = named
    return known.get(group, group)


def wanted():
    """Group name to its (app label, codename) permissions."""
    look, shape = list(_READ), []
    for model in content_models():
        app, name = model._meta.app_label, model._meta.model_name
        look.append((app, f"view_{name}"))
        shape += [(app, f"add_{name}"), (app, f"change_{name}")]
    groups = {
        EDITORS: [
            *look,
            *shape,
            *_REPORTS,
            ("review", write_permission(languages.source())),
            ("review", "view_ledgerentry"),
        ],
        ADVISORS: [*look, *_REPORTS, ("review", "view_ledgerentry")],
    }
    for code in languages.codes():
        if code != languages.source():
            groups[translators(code)] = [*look, ("review", write_permission(code))]
    return groups


def install(app_config, using="default", **kwargs):
    """Make the groups that are missing and give each its permissions (after every migrate)."""
    from django.apps import apps

    for label in {model._meta.app_label for model in content_models()} | {"review"}:
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    known = {
        (app, codename): pk
        for pk, app, codename in Permission.objects.using(using).values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for name, permissions in wanted().items():
        group, _made = Group.objects.using(using).get_or_create(name=name)
        group.permissions.add(*(known[each] for each in permissions if each in known))
