"""Accounts in the admin: Django's own pages, which say what an account of somebody here means."""

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.db.models import PROTECT
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from ..models import Advisor

User = get_user_model()
admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin):
    list_display = ["username", "name", "email", "is_active", "is_superuser", "last_login"]
    delete_confirmation_template = "admin/review/account_delete.html"
    delete_selected_confirmation_template = "admin/review/account_delete_selected.html"
    change_form_template = "admin/review/account.html"

    @admin.display(description=_("name"))
    def name(self, user):
        return user.get_full_name()

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page says which advisor this is, and what closing the account does not do."""
        user = self.get_object(request, object_id)
        advisor = Advisor.objects.filter(user=user).first() if user else None
        extra = {**(extra_context or {}), "advisor": advisor}
        return super().change_view(request, object_id, form_url, extra)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        closed = change and "is_active" in form.changed_data and not obj.is_active
        advisor = closed and Advisor.objects.filter(user=obj, active=True).first()
        if advisor:
            sentence = _(
                "The account is closed, and nothing else: the texts that {name} signed were not "
                'queued for re-review. <a href="{page}">Leaves or is struck off</a> does that.'
            )
            page = reverse("admin:review_advisor_leave", args=[advisor.pk])
            messages.warning(request, format_html(sentence, name=advisor.name, page=page))

    def get_deleted_objects(self, objs, request):
        """Who did anything here stays. Counted, not listed: it may be thousands of records."""
        held = []
        for relation in User._meta.related_objects:
            if relation.on_delete is not PROTECT:
                continue
            model, name = relation.related_model, relation.field.name
            count = model._base_manager.filter(**{f"{name}__in": list(objs)}).count()
            if count:
                label = model._meta.verbose_name_plural
                held.append(_("%(records)s: %(count)s") % {"records": label, "count": count})
        if held:
            return [], {}, set(), held
        return super().get_deleted_objects(objs, request)
