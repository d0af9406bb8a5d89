"""Accounts in the admin: Django's own pages, which say what an account of somebody here means."""

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.db.models import PROTECT, Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDevice

from ..models import Advisor

User = get_user_model()
admin.site.unregister(User)
# Secrets are nobody's to look at: an administrator's page is ``safety.theirs``.
for device in (TOTPDevice, StaticDevice):
    admin.site.unregister(device)


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
        doing = {}
        for relation in User._meta.get_fields(include_hidden=True):
            if getattr(relation, "on_delete", None) is PROTECT:
                did = Q(**{f"{relation.field.name}__in": list(objs)})
                model = relation.related_model
                doing[model] = doing.get(model, Q()) | did
        held = [
            _("%(records)s: %(count)s")
            % {"records": model._meta.verbose_name_plural, "count": count}
            for model, did in doing.items()
            if (count := model._base_manager.filter(did).count())
        ]
        if held:
            return [], {}, set(), held
        return super().get_deleted_objects(objs, request)
