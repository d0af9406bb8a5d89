"""Fill the standings of what is there already; nobody is mailed about the past."""

from django.db import migrations


def fill(apps, schema_editor):
    revision, line = apps.get_model("review", "Revision"), apps.get_model("review", "LedgerEntry")
    standing = apps.get_model("review", "Standing")
    standing.objects.all().delete()  # what a run before this one left
    found = {}
    kept = revision.objects.exclude(state="discarded").order_by("number")
    for pk, *text in kept.values_list("pk", "item_type", "key", "language"):
        found[tuple(text)] = [pk, None]
    published = line.objects.exclude(seal="").order_by("number")
    for event, sign_off, *text in published.values_list(
        "event", "sign_off_id", "item_type", "key", "language"
    ):
        row = found.setdefault(tuple(text), [None, None])
        row[1] = sign_off if event == "item:publish" else None
    standing.objects.bulk_create(
        (
            standing(item_type=kind, key=key, language=code, newest_id=newest, live_id=live)
            for (kind, key, code), (newest, live) in found.items()
        ),
        batch_size=500,
    )
    last = line.objects.order_by("-number").values_list("number", flat=True).first()
    if last is not None:
        bookmark = apps.get_model("review", "Bookmark")
        bookmark.objects.update_or_create(name="notices", defaults={"number": last})


class Migration(migrations.Migration):
    dependencies = [("review", "0002_desk")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
